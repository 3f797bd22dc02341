package main

import (
	"fmt"
	"time"
)

func init() { scenarios["long-polling"] = longPolling }

// longPolling: a message that comes while a pull waits is delivered at once.
func longPolling(c *cluster) error {
	count := c.parameter("count", 5)
	pause := time.Duration(c.parameter("pauseMs", 1700)) * time.Millisecond
	topic, err := c.topic(4)
	if err != nil {
		return err
	}
	p, err := c.producer()
	if err != nil {
		return err
	}
	seen := newTally(c.run)
	if _, err := c.collect(c.name("c"), topic, "*", seen); err != nil {
		return err
	}
	if err := c.sendAll(p, topic, 0, 1); err != nil {
		return err
	}
	if err := c.awaitAll(seen, 1); err != nil {
		return err
	}
	slowest := time.Duration(0)
	for i := 1; i <= count; i++ {
		time.Sleep(pause)
		start := time.Now()
		if err := c.sendAll(p, topic, i, i+1); err != nil {
			return err
		}
		if err := c.await(fmt.Sprintf("message %d", i), func() bool { return seen.distinct() > i }); err != nil {
			return err
		}
		slowest = max(slowest, time.Since(start))
	}
	c.facts["slowestMs"] = slowest.Milliseconds()
	if slowest > time.Second {
		return fmt.Errorf("slowest delivery took %v", slowest)
	}
	return seen.verifyExactlyOnce(count + 1)
}
