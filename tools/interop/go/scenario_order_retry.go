package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/apache/rocketmq-client-go/v2/consumer"
	"github.com/apache/rocketmq-client-go/v2/primitive"
	"github.com/apache/rocketmq-client-go/v2/producer"
)

func init() { scenarios["order-retry"] = orderRetry }

const (
	retriedBad    = 0
	retriedBehind = 1
	// retriedFirst is what goes once through each queue, so that the consumer holds both.
	retriedFirst  = 2
	retriedOther  = 4
	retriedOthers = 10
	retriedRest   = time.Second
)

type orderRetryCheck struct {
	run   string
	mutex sync.Mutex
	seen  map[int][]retryDelivery
}

// orderRetry: an orderly listener refuses a message: its queue rests as long as it says and waits for it, no other does,
// and after the last try it is a dead letter and the queue goes on.
func orderRetry(c *cluster) error {
	// This client tries once more than it is told to.
	tries := c.parameter("max", 2) + 1
	topic, err := c.topic(2)
	if err != nil {
		return err
	}
	group := c.name("c")
	check := &orderRetryCheck{run: c.run, seen: map[int][]retryDelivery{}}
	options := []consumer.Option{consumer.WithConsumerOrder(true), consumer.WithMaxReconsumeTimes(int32(tries - 2))}
	if _, err := c.consume(group, topic, "*", check.listen, options...); err != nil {
		return err
	}
	p, err := c.producer(producer.WithQueueSelector(producer.NewManualQueueSelector()))
	if err != nil {
		return err
	}
	client, err := c.admin()
	if err != nil {
		return err
	}
	queues, err := client.FetchPublishMessageQueues(context.Background(), topic)
	if err != nil || len(queues) != 2 {
		return fmt.Errorf("%d queues: %w", len(queues), err)
	}
	send := func(index, queue int) error {
		message := c.message(topic, "TagA", index, 100)
		message.Queue = queues[queue]
		return stored(p.SendSync(context.Background(), message))
	}
	for i := range queues {
		if err := send(retriedFirst+i, i); err != nil {
			return err
		}
	}
	if err := c.await("both queues", func() bool { return check.distinct() == 2 }); err != nil {
		return err
	}
	for _, index := range []int{retriedBad, retriedBehind} {
		if err := send(index, 0); err != nil {
			return err
		}
	}
	if err := c.await("the refused message", func() bool { return check.count(retriedBad) > 0 }); err != nil {
		return err
	}
	for i := range retriedOthers {
		if err := send(retriedOther+i, 1); err != nil {
			return err
		}
	}
	if err := c.await("what is behind it", func() bool { return check.count(retriedBehind) > 0 }); err != nil {
		return fmt.Errorf("%w, got %v", err, check.seen)
	}
	if err := check.verify(tries); err != nil {
		return err
	}
	dead := "%DLQ%" + group
	if err := c.awaitRoute(client, dead); err != nil {
		return err
	}
	letters := newTally(c.run)
	if _, err := c.collect(c.name("reader"), dead, "*", letters); err != nil {
		return err
	}
	if err := c.awaitWithin(2*timeout, "the dead letter", func() bool { return letters.distinct() == 1 }); err != nil {
		return err
	}
	if letter := letters.message(retriedBad); letter == nil || letter.GetProperty("RETRY_TOPIC") != topic {
		return fmt.Errorf("the dead letter is %v", letter)
	}
	if check.count(retriedBad) != tries {
		return fmt.Errorf("%d tries in the end, expected %d", check.count(retriedBad), tries)
	}
	return letters.verifyExactlyOnce(1)
}

func (o *orderRetryCheck) listen(ctx context.Context, messages ...*primitive.MessageExt) (consumer.ConsumeResult, error) {
	message := messages[0]
	o.mutex.Lock()
	defer o.mutex.Unlock()
	index := indexOf(o.run, message.Body)
	delivery := retryDelivery{message.ReconsumeTimes, message.MsgId, message.Topic, time.Now()}
	o.seen[index] = append(o.seen[index], delivery)
	if index != retriedBad {
		return consumer.ConsumeSuccess, nil
	}
	if orderly, isThere := primitive.GetOrderlyCtx(ctx); isThere {
		orderly.SuspendCurrentQueueTimeMillis = int(retriedRest / time.Millisecond)
	}
	return consumer.SuspendCurrentQueueAMoment, nil
}

func (o *orderRetryCheck) distinct() int {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return len(o.seen)
}

func (o *orderRetryCheck) count(index int) int {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return len(o.seen[index])
}

func (o *orderRetryCheck) verify(tries int) error {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	refused := o.seen[retriedBad]
	if len(refused) != tries {
		return fmt.Errorf("%d tries, expected %d", len(refused), tries)
	}
	for i, delivery := range refused {
		if int(delivery.times) != i || delivery.id != refused[0].id {
			return fmt.Errorf("try %d is %+v, the first %+v", i, delivery, refused[0])
		}
		if i > 0 && delivery.at.Sub(refused[i-1].at) < retriedRest-50*time.Millisecond {
			return fmt.Errorf("try %d came %v after the one before", i, delivery.at.Sub(refused[i-1].at))
		}
	}
	last := refused[tries-1].at
	if o.seen[retriedBehind][0].at.Before(last) {
		return errors.New("what is behind the refused message overtook it")
	}
	for i := range retriedOthers {
		seen := o.seen[retriedOther+i]
		if len(seen) == 0 || seen[0].at.After(last) {
			return fmt.Errorf("message %d of the other queue waited", retriedOther+i)
		}
	}
	return nil
}
