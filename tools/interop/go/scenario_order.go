package main

import (
	"context"
	"fmt"
	"strconv"
	"sync"

	"github.com/apache/rocketmq-client-go/v2/consumer"
	"github.com/apache/rocketmq-client-go/v2/primitive"
	"github.com/apache/rocketmq-client-go/v2/producer"
)

func init() { scenarios["order"] = order }

const (
	orderKeys   = 16
	orderQueues = 8
	// orderRetried is put off once: its queue waits, and goes on with it.
	orderRetried = 5
)

// orderCheck is what the consumers of one group saw together.
type orderCheck struct {
	run      string
	mutex    sync.Mutex
	steps    [orderKeys][]int
	busy     map[int]bool
	problems []string
	isPutOff bool
	retries  int
}

// order: messages of a key stay in order, through a retry in place and while a second consumer takes over queues.
func order(c *cluster) error {
	count := c.parameter("count", 60)
	topic, err := c.topic(orderQueues)
	if err != nil {
		return err
	}
	group := c.name("c")
	check := &orderCheck{run: c.run, busy: map[int]bool{}}
	p, err := c.producer(producer.WithQueueSelector(producer.NewHashQueueSelector()))
	if err != nil {
		return err
	}
	for part := range 2 {
		if _, err := c.consume(group, topic, "*", check.listen, consumer.WithConsumerOrder(true)); err != nil {
			return err
		}
		for step := part * count / 2; step < (part+1)*count/2; step++ {
			for key := range orderKeys {
				message := c.message(topic, "TagA", step*orderKeys+key, 100).WithShardingKey(strconv.Itoa(key))
				if err := stored(p.SendSync(context.Background(), message)); err != nil {
					return err
				}
			}
		}
	}
	err = c.awaitWithin(2*timeout, "all messages in order", func() bool { return check.isOver(count) })
	check.mutex.Lock()
	defer check.mutex.Unlock()
	if len(check.problems) > 0 {
		return fmt.Errorf("%d problems, the first: %s", len(check.problems), check.problems[0])
	}
	if err != nil {
		return fmt.Errorf("%w, got %v", err, check.steps)
	}
	if check.retries != 1 {
		return fmt.Errorf("%d retries in place, expected 1", check.retries)
	}
	return nil
}

func (o *orderCheck) isOver(count int) bool {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	for _, seen := range o.steps {
		if len(seen) < count {
			return len(o.problems) > 0
		}
	}
	return true
}

func (o *orderCheck) listen(_ context.Context, messages ...*primitive.MessageExt) (consumer.ConsumeResult, error) {
	queue := messages[0].Queue.QueueId
	o.enter(queue)
	defer o.leave(queue)
	for _, message := range messages {
		if !o.isAccepted(message) {
			return consumer.SuspendCurrentQueueAMoment, nil
		}
	}
	return consumer.ConsumeSuccess, nil
}

func (o *orderCheck) enter(queue int) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	if o.busy[queue] {
		o.problems = append(o.problems, fmt.Sprintf("queue %d consumed twice at a time", queue))
	}
	o.busy[queue] = true
}

func (o *orderCheck) leave(queue int) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	o.busy[queue] = false
}

// isAccepted notes a message; what is delivered again is none the worse, what comes too early is.
func (o *orderCheck) isAccepted(message *primitive.MessageExt) bool {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	index := indexOf(o.run, message.Body)
	if index < 0 {
		o.problems = append(o.problems, "foreign or changed: "+message.String())
		return true
	}
	if index == orderRetried && !o.isPutOff {
		o.isPutOff = true
		return false
	}
	if index == orderRetried {
		o.retries++
	}
	key, step := index%orderKeys, index/orderKeys
	switch seen := len(o.steps[key]); {
	case seen == step:
		o.steps[key] = append(o.steps[key], step)
	case seen < step:
		o.problems = append(o.problems, fmt.Sprintf("key %d: step %d after %d", key, step, seen-1))
	}
	return true
}
