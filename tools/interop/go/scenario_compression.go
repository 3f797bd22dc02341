package main

import (
	"context"
	"fmt"
)

func init() { scenarios["compression"] = compression }

const compressedFrom = 4_096

// compression: large bodies go compressed, by ZLIB as this client has it, and come back as they were.
func compression(c *cluster) error {
	const count = 10
	topic, err := c.topic(4)
	if err != nil {
		return err
	}
	p, err := c.producer()
	if err != nil {
		return err
	}
	for i := range count {
		if err := stored(p.SendSync(context.Background(), c.message(topic, "TagA", i, 4_000+i*9_000))); err != nil {
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
	for i := range count {
		if message := seen.message(i); len(message.Body) >= compressedFrom && int(message.StoreSize) >= len(message.Body) {
			return fmt.Errorf("%d bytes were stored with %d", len(message.Body), message.StoreSize)
		}
	}
	return seen.verifyExactlyOnce(count)
}
