package main

import (
	"context"

	"github.com/apache/rocketmq-client-go/v2/primitive"
)

func init() { scenarios["batch"] = batch }

// batch: batches of 1 to 40 messages arrive whole.
func batch(c *cluster) error {
	batches := c.parameter("count", 40)
	topic, err := c.topic(4)
	if err != nil {
		return err
	}
	p, err := c.producer()
	if err != nil {
		return err
	}
	sent := 0
	for size := 1; size <= batches; size++ {
		messages := make([]*primitive.Message, size)
		for i := range messages {
			messages[i] = c.message(topic, "TagA", sent, 64+sent%512)
			sent++
		}
		result, err := p.SendSync(context.Background(), messages...)
		if err := stored(result, err); err != nil {
			return err
		}
	}
	seen := newTally(c.run)
	if _, err := c.collect(c.name("c"), topic, "*", seen); err != nil {
		return err
	}
	if err := c.awaitAll(seen, sent); err != nil {
		return err
	}
	return seen.verifyExactlyOnce(sent)
}
