package main

import (
	"context"
	"fmt"
	"time"

	rocketmq "github.com/apache/rocketmq-client-go/v2"
	"github.com/apache/rocketmq-client-go/v2/consumer"
	"github.com/apache/rocketmq-client-go/v2/primitive"
)

func init() {
	scenarios["pull"] = pull
	scenarios["lite-pull"] = litePull
}

const pullAtMost = 7

// pull: statuses, offsets by time, commit and fetch, offsets that are out of range.
func pull(c *cluster) error {
	count := c.parameter("count", 100)
	before := time.Now()
	topic, err := c.filled(count)
	if err != nil {
		return err
	}
	group := c.name("c")
	puller, err := c.puller(group, topic)
	if err != nil {
		return err
	}
	queues, err := puller.GetTopicRouteInfo(topic)
	if err != nil || len(queues) != 4 {
		return fmt.Errorf("%d queues, expected 4: %v", len(queues), err)
	}
	seen := newTally(c.run)
	ends := map[int]int64{}
	for _, queue := range queues {
		first, err := puller.OffsetForTimestamp(queue, before.Add(-time.Minute).UnixMilli())
		if err != nil || first != 0 {
			return fmt.Errorf("offset by an early time is %d: %v", first, err)
		}
		if ends[queue.QueueId], err = pullToEnd(puller, queue, seen); err != nil {
			return err
		}
		if err := puller.UpdateOffset(queue, ends[queue.QueueId]); err != nil {
			return err
		}
	}
	if err := seen.verifyExactlyOnce(count); err != nil {
		return err
	}
	end := ends[queues[0].QueueId]
	nothing, err := puller.PullFrom(context.Background(), queues[0], end, 32)
	if err != nil || nothing.Status != primitive.PullNoNewMsg || nothing.NextBeginOffset != end {
		return fmt.Errorf("a pull at the end got %v: %v", nothing, err)
	}
	beyond, err := puller.PullFrom(context.Background(), queues[0], 1_000_000, 32)
	if err != nil {
		return err
	}
	if beyond.Status != primitive.PullOffsetIllegal || beyond.NextBeginOffset != end {
		return fmt.Errorf("a pull beyond the end got %v", beyond)
	}
	return puller.PersistOffset(context.Background(), topic)
}

// pullToEnd pulls a queue until it is at the end that the broker tells, and returns where that is. Pulling there
// is left to the caller: this client lets the broker wait 20 s for more.
func pullToEnd(puller rocketmq.PullConsumer, queue *primitive.MessageQueue, seen *tally) (int64, error) {
	for offset := int64(0); ; {
		result, err := puller.PullFrom(context.Background(), queue, offset, pullAtMost)
		if err != nil {
			return 0, err
		}
		messages := result.GetMessageExts()
		isRight := result.Status == primitive.PullFound && len(messages) <= pullAtMost &&
			result.NextBeginOffset == offset+int64(len(messages))
		if !isRight {
			return 0, fmt.Errorf("%d messages from %d of queue %d: %v", len(messages), offset, queue.QueueId, result)
		}
		for _, message := range messages {
			seen.add(message)
		}
		if offset = result.NextBeginOffset; offset == result.MaxOffset {
			return offset, nil
		}
	}
}

// litePull: subscribes and acknowledges, goes on where another of its group ended, and assigns and seeks.
func litePull(c *cluster) error {
	count := c.parameter("count", 100)
	topic, err := c.filled(count)
	if err != nil {
		return err
	}
	group := c.name("c")
	first, err := c.puller(group, topic)
	if err != nil {
		return err
	}
	seen := newTally(c.run)
	if err := c.poll(first, seen, count); err != nil {
		return err
	}
	if err := seen.verifyExactlyOnce(count); err != nil {
		return err
	}
	queues, err := first.GetTopicRouteInfo(topic)
	if err != nil {
		return err
	}
	if err := first.PersistOffset(context.Background(), topic); err != nil {
		return err
	}
	next, err := c.puller(group, topic)
	if err != nil {
		return err
	}
	for _, queue := range queues {
		current, err := next.CurrentOffset(queue)
		if err != nil || current != int64(count/len(queues)) {
			return fmt.Errorf("another of the group goes on at %d of queue %d: %v", current, queue.QueueId, err)
		}
	}
	return c.assigned(topic, queues, count)
}

func (c *cluster) assigned(topic string, queues []*primitive.MessageQueue, count int) error {
	assigned, err := rocketmq.NewPullConsumer(
		consumer.WithNsResolver(c.resolver()),
		consumer.WithGroupName(c.name("assigned")),
		consumer.WithInstance(c.name("i")))
	if err != nil {
		return err
	}
	if err := assigned.Assign(topic, queues); err != nil {
		return err
	}
	for _, queue := range queues {
		assigned.SeekOffset(queue, 0)
	}
	if err := assigned.Start(); err != nil {
		return err
	}
	c.closers = append(c.closers, assigned.Shutdown)
	seen := newTally(c.run)
	if err := c.poll(assigned, seen, count); err != nil {
		return err
	}
	return seen.verifyExactlyOnce(count)
}

// filled is a topic that holds that many.
func (c *cluster) filled(count int) (string, error) {
	topic, err := c.topic(4)
	if err != nil {
		return "", err
	}
	p, err := c.producer()
	if err != nil {
		return "", err
	}
	return topic, c.sendAll(p, topic, 0, count)
}

func (c *cluster) puller(group, topic string) (rocketmq.PullConsumer, error) {
	puller, err := rocketmq.NewPullConsumer(
		consumer.WithNsResolver(c.resolver()),
		consumer.WithGroupName(group),
		consumer.WithInstance(c.name("i")),
		consumer.WithConsumeFromWhere(consumer.ConsumeFromFirstOffset))
	if err != nil {
		return nil, err
	}
	if err := puller.Subscribe(topic, consumer.MessageSelector{Type: consumer.TAG, Expression: "*"}); err != nil {
		return nil, err
	}
	if err := puller.Start(); err != nil {
		return nil, err
	}
	c.closers = append(c.closers, puller.Shutdown)
	return puller, nil
}

func (c *cluster) poll(puller rocketmq.PullConsumer, seen *tally, count int) error {
	err := c.await(fmt.Sprintf("%d polled messages", count), func() bool {
		request, err := puller.Poll(context.Background(), 500*time.Millisecond)
		if err != nil {
			return false
		}
		for _, message := range request.GetMsgList() {
			seen.add(message)
		}
		puller.ACK(context.Background(), request, consumer.ConsumeSuccess)
		return seen.distinct() >= count
	})
	if err != nil {
		return fmt.Errorf("%w, got %d", err, seen.distinct())
	}
	return nil
}
