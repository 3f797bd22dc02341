package main

import "context"

func init() { scenarios["one-way"] = oneWay }

// oneWay: nobody answers, all arrive.
func oneWay(c *cluster) error {
	count := c.parameter("count", 500)
	topic, err := c.topic(4)
	if err != nil {
		return err
	}
	p, err := c.producer()
	if err != nil {
		return err
	}
	for i := 0; i < count; i++ {
		if err := p.SendOneWay(context.Background(), c.message(topic, "TagA", i, 64+i%512)); err != nil {
			return err
		}
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
