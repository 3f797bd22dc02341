package main

import (
	"context"
	"fmt"
	"sync"

	"github.com/apache/rocketmq-client-go/v2/primitive"
)

const asyncWindow = 64

func init() { scenarios["async"] = asyncSend }

// asyncSend: asynchronous sends, 64 at a time: each is answered once, and each arrives.
func asyncSend(c *cluster) error {
	count := c.parameter("count", 2000)
	topic, err := c.topic(4)
	if err != nil {
		return err
	}
	p, err := c.producer()
	if err != nil {
		return err
	}
	window := make(chan struct{}, asyncWindow)
	failures := make(chan error, count)
	var answers sync.WaitGroup
	for i := 0; i < count; i++ {
		window <- struct{}{}
		answers.Add(1)
		done := func(_ context.Context, result *primitive.SendResult, err error) {
			defer answers.Done()
			<-window
			if err := stored(result, err); err != nil {
				failures <- err
			}
		}
		if err := p.SendAsync(context.Background(), done, c.message(topic, "TagA", i, 64+i%512)); err != nil {
			return err
		}
	}
	answers.Wait()
	if len(failures) > 0 {
		return fmt.Errorf("%d sends failed, the first: %w", len(failures), <-failures)
	}
	seen := newTally(c.run)
	if _, err := c.collect(c.name("c"), topic, "*", seen); err != nil {
		return err
	}
	if err := c.awaitAll(seen, count); err != nil {
		return err
	}
	return seen.verifyExactlyOnce(count)
}
