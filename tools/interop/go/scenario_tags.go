package main

import "context"

func init() { scenarios["tags"] = tags }

// tags: each group gets the tags it asked for, also where two tags have the same Java hash code ("Aa", "BB").
func tags(c *cluster) error {
	count := c.parameter("count", 250)
	names := []string{"TagA", "TagB", "TagC", "Aa", "BB"}
	topic, err := c.topic(4)
	if err != nil {
		return err
	}
	p, err := c.producer()
	if err != nil {
		return err
	}
	for i := 0; i < count; i++ {
		result, err := p.SendSync(context.Background(), c.message(topic, names[i%len(names)], i, 100))
		if err := stored(result, err); err != nil {
			return err
		}
	}
	for expression, isExpected := range map[string]func(int) bool{
		"*":            func(int) bool { return true },
		"TagA || TagC": func(i int) bool { return i%5 == 0 || i%5 == 2 },
		"Aa":           func(i int) bool { return i%5 == 3 },
	} {
		expected := 0
		for i := 0; i < count; i++ {
			if isExpected(i) {
				expected++
			}
		}
		seen := newTally(c.run)
		if _, err := c.collect(c.name("c"), topic, expression, seen); err != nil {
			return err
		}
		if err := c.awaitAll(seen, expected); err != nil {
			return err
		}
		if err := seen.verify(count, isExpected); err != nil {
			return err
		}
	}
	return nil
}
