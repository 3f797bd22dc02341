package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

const volumeSenders = 16

func init() { scenarios["volume"] = volume }

// volume: many messages each way, sent by 16 goroutines while a consumer takes them; every body is compared.
func volume(c *cluster) error {
	count := c.parameter("count", 100_000)
	topic, err := c.topic(8)
	if err != nil {
		return err
	}
	p, err := c.producer()
	if err != nil {
		return err
	}
	seen := newTally(c.run)
	seen.isKeeper = false
	if _, err := c.collect(c.name("c"), topic, "*", seen); err != nil {
		return err
	}
	start := time.Now()
	var next atomic.Int64
	var senders sync.WaitGroup
	failures := make(chan error, volumeSenders)
	for range volumeSenders {
		senders.Add(1)
		go func() {
			defer senders.Done()
			for i := int(next.Add(1)) - 1; i < count; i = int(next.Add(1)) - 1 {
				result, err := p.SendSync(context.Background(), c.message(topic, "TagA", i, 256))
				if err := stored(result, err); err != nil {
					failures <- fmt.Errorf("message %d: %w", i, err)
					return
				}
			}
		}()
	}
	senders.Wait()
	if len(failures) > 0 {
		return <-failures
	}
	c.facts["sendMs"] = time.Since(start).Milliseconds()
	if err := c.awaitAll(seen, count); err != nil {
		return err
	}
	c.facts["allMs"] = time.Since(start).Milliseconds()
	c.facts["duplicates"] = seen.duplicates()
	return seen.verifyExactlyOnce(count)
}
