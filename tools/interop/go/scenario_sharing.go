package main

import (
	"context"
	"fmt"
	"sync"

	"github.com/apache/rocketmq-client-go/v2/consumer"
	"github.com/apache/rocketmq-client-go/v2/primitive"
)

const sharedQueues = 8

func init() { scenarios["sharing"] = sharing }

// owners notes which consumer got messages of which queue.
type owners struct {
	mutex sync.Mutex
	of    map[int]map[int]bool
}

func (o *owners) listen(consumerIndex int, into *tally) listener {
	return func(_ context.Context, messages ...*primitive.MessageExt) (consumer.ConsumeResult, error) {
		o.mutex.Lock()
		defer o.mutex.Unlock()
		for _, message := range messages {
			into.add(message)
			queue := message.Queue.QueueId
			if o.of[queue] == nil {
				o.of[queue] = map[int]bool{}
			}
			o.of[queue][consumerIndex] = true
		}
		return consumer.ConsumeSuccess, nil
	}
}

func (o *owners) reset() {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	o.of = map[int]map[int]bool{}
}

// isShared is true when each of two consumers had half of the queues, and no queue both.
func (o *owners) isShared() bool {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	queues := [2]int{}
	for _, consumers := range o.of {
		if len(consumers) != 1 {
			return false
		}
		for index := range consumers {
			queues[index]++
		}
	}
	return queues[0] == sharedQueues/2 && queues[1] == sharedQueues/2
}

// sharing: two consumers of a group take half of the queues each; no message goes to both.
func sharing(c *cluster) error {
	count := c.parameter("count", 800)
	topic, err := c.topic(sharedQueues)
	if err != nil {
		return err
	}
	p, err := c.producer()
	if err != nil {
		return err
	}
	group := c.name("c")
	seen := newTally(c.run)
	shared := &owners{of: map[int]map[int]bool{}}
	for index := 0; index < 2; index++ {
		if _, err := c.consume(group, topic, "*", shared.listen(index, seen)); err != nil {
			return err
		}
	}
	// The Go client does not show its assignment: probe until the queues are divided.
	sent := 0
	err = c.await("half of the queues for each", func() bool {
		shared.reset()
		if c.sendAll(p, topic, sent, sent+sharedQueues) != nil {
			return false
		}
		sent += sharedQueues
		return c.awaitAll(seen, sent) == nil && shared.isShared()
	})
	if err != nil {
		return err
	}
	shared.reset()
	duplicates := seen.duplicates()
	if err := c.sendAll(p, topic, sent, sent+count); err != nil {
		return err
	}
	if err := c.awaitAll(seen, sent+count); err != nil {
		return err
	}
	if !shared.isShared() {
		return fmt.Errorf("queues are not divided: %v", shared.of)
	}
	if seen.duplicates() != duplicates {
		return fmt.Errorf("%d duplicates", seen.duplicates()-duplicates)
	}
	return seen.verify(sent+count, func(int) bool { return true })
}
