package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/apache/rocketmq-client-go/v2/consumer"
	"github.com/apache/rocketmq-client-go/v2/primitive"
)

func init() { scenarios["retry"] = retry }

// retryDelays are the levels 3, 4 ... of the default delays.
var retryDelays = []time.Duration{10 * time.Second, 30 * time.Second, time.Minute}

// firstRetrySlack: the client looks for new topics every 30 s, and finds the retry topic's queue with a rebalance,
// every 20 s. The others are what a busy machine may add.
const firstRetrySlack = 45 * time.Second
const retrySlack = 5 * time.Second

type retryDelivery struct {
	times int32
	id    string
	topic string
	at    time.Time
}

// retry: what a listener puts off or fails for comes back at 10 s, 30 s ... with its id, its topic and its count.
func retry(c *cluster) error {
	const messages = 2
	levels := c.parameter("levels", 2)
	topic, err := c.topic(4)
	if err != nil {
		return err
	}
	var mutex sync.Mutex
	deliveries := map[int][]retryDelivery{}
	listen := func(_ context.Context, given ...*primitive.MessageExt) (consumer.ConsumeResult, error) {
		message := given[0]
		mutex.Lock()
		defer mutex.Unlock()
		index := indexOf(c.run, message.Body)
		delivery := retryDelivery{message.ReconsumeTimes, message.MsgId, message.Topic, time.Now()}
		deliveries[index] = append(deliveries[index], delivery)
		switch {
		case int(message.ReconsumeTimes) >= levels:
			return consumer.ConsumeSuccess, nil
		case index == 1:
			return consumer.ConsumeRetryLater, errors.New("on purpose")
		default:
			return consumer.ConsumeRetryLater, nil
		}
	}
	if _, err := c.consume(c.name("c"), topic, "*", listen); err != nil {
		return err
	}
	p, err := c.producer()
	if err != nil {
		return err
	}
	if err := c.sendAll(p, topic, 0, messages); err != nil {
		return err
	}
	limit := timeout
	for _, delay := range retryDelays[:levels] {
		limit += delay
	}
	err = c.awaitWithin(limit, "all retries", func() bool {
		mutex.Lock()
		defer mutex.Unlock()
		for index := range messages {
			if len(deliveries[index]) < levels+1 {
				return false
			}
		}
		return true
	})
	mutex.Lock()
	defer mutex.Unlock()
	if err != nil {
		return fmt.Errorf("%w, got %v", err, deliveries)
	}
	for index, seen := range deliveries {
		if index < 0 || len(seen) != levels+1 {
			return fmt.Errorf("message %d was delivered %d times", index, len(seen))
		}
		if err := verifyRetries(topic, seen); err != nil {
			return fmt.Errorf("message %d: %w", index, err)
		}
	}
	return nil
}

func verifyRetries(topic string, seen []retryDelivery) error {
	for i, delivery := range seen {
		if int(delivery.times) != i || delivery.id != seen[0].id || delivery.topic != topic {
			return fmt.Errorf("delivery %d is %+v, the first %+v", i, delivery, seen[0])
		}
		if i == 0 {
			continue
		}
		slack := retrySlack
		if i == 1 {
			slack = firstRetrySlack
		}
		took := delivery.at.Sub(seen[i-1].at)
		if due := retryDelays[i-1]; took < due-100*time.Millisecond || took > due+slack {
			return fmt.Errorf("retry %d came after %v, due after %v", i, took, due)
		}
	}
	return nil
}
