package main

import (
	"os"
	"path/filepath"

	"github.com/apache/rocketmq-client-go/v2/consumer"
)

func init() { scenarios["broadcast"] = broadcast }

// broadcast: every instance of a broadcasting group gets everything; progress is kept at the client.
func broadcast(c *cluster) error {
	count := c.parameter("count", 100)
	topic, err := c.topic(4)
	if err != nil {
		return err
	}
	group := c.name("c")
	var tallies [2]*tally
	for i := range tallies {
		tallies[i] = newTally(c.run)
		if _, err := c.collect(group, topic, "*", tallies[i], consumer.WithConsumerModel(consumer.BroadCasting)); err != nil {
			return err
		}
	}
	p, err := c.producer()
	if err != nil {
		return err
	}
	if err := c.sendAll(p, topic, 0, count); err != nil {
		return err
	}
	for _, seen := range tallies {
		if err := c.awaitAll(seen, count); err != nil {
			return err
		}
		if err := seen.verifyExactlyOnce(count); err != nil {
			return err
		}
	}
	return c.await("the local offset files", func() bool {
		files, err := filepath.Glob(filepath.Join(os.Getenv("HOME"), ".rocketmq_client_go", group, "*", "offset.json"))
		return err == nil && len(files) == len(tallies)
	})
}
