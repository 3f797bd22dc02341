package main

import (
	"context"
	"fmt"

	"github.com/apache/rocketmq-client-go/v2/primitive"
)

const unicode = "großes 消息 🚀"

func init() { scenarios["sync"] = syncSend }

// syncSend: synchronous sends to a topic nobody created; all that a message carries arrives as it was sent.
func syncSend(c *cluster) error {
	count := c.parameter("count", 200)
	topic := c.name("t")
	p, err := c.producer()
	if err != nil {
		return err
	}
	results := make([]*primitive.SendResult, count)
	for i := range results {
		message := c.message(topic, "TagA", i, 1+i*37%4000)
		message.WithProperty("unicode", fmt.Sprint(unicode, i))
		result, err := p.SendSync(context.Background(), message)
		if err := stored(result, err); err != nil {
			return fmt.Errorf("message %d: %w", i, err)
		}
		results[i] = result
	}
	seen := newTally(c.run)
	if _, err := c.collect(c.name("c"), topic, "*", seen); err != nil {
		return err
	}
	if err := c.awaitAll(seen, count); err != nil {
		return err
	}
	if err := seen.verifyExactlyOnce(count); err != nil {
		return err
	}
	for i, sent := range results {
		got := seen.message(i)
		same := got.Topic == topic && got.MsgId == sent.MsgID && got.QueueOffset == sent.QueueOffset &&
			got.Queue.QueueId == sent.MessageQueue.QueueId && got.GetTags() == "TagA" &&
			got.GetProperty("unicode") == fmt.Sprint(unicode, i)
		if !same {
			return fmt.Errorf("message %d: sent %v, got %v", i, sent, got)
		}
	}
	return nil
}
