package main

import (
	"fmt"
	"time"
)

func init() { scenarios["asked"] = asked }

// A client waits 10 s before it goes on elsewhere, and then for a rebalance.
const resetTimeout = 80 * time.Second

// asked consumes and answers what an administrator asks through the broker: who started it hands it one
// message directly, then sets its group back to the start.
func asked(c *cluster) error {
	count := c.parameter("count", 40)
	topic, group := c.parameters["topic"], c.parameters["group"]
	if err := c.createTopic(topic, 4); err != nil {
		return err
	}
	p, err := c.producer()
	if err != nil {
		return err
	}
	if err := c.sendAll(p, topic, 0, count); err != nil {
		return err
	}
	seen := newTally(c.run)
	if _, err := c.collect(group, topic, "*", seen); err != nil {
		return err
	}
	if err := c.awaitAll(seen, count); err != nil {
		return err
	}
	if duplicates := seen.duplicates(); duplicates > 0 {
		return fmt.Errorf("%d duplicates before anybody asked", duplicates)
	}
	deadline := time.Now().Add(resetTimeout)
	for seen.duplicates() < count+1 {
		if time.Now().After(deadline) {
			return fmt.Errorf("%d deliveries once more, expected %d and one directly", seen.duplicates(), count)
		}
		time.Sleep(20 * time.Millisecond)
	}
	time.Sleep(300 * time.Millisecond)
	for i := 0; i < count; i++ {
		if seen.count(i) < 2 {
			return fmt.Errorf("message %d was not delivered again", i)
		}
	}
	if seen.duplicates() != count+1 {
		return fmt.Errorf("%d deliveries once more, expected %d and one directly", seen.duplicates(), count)
	}
	return seen.verifyIntact()
}
