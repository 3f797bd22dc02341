package main

import (
	"context"
	"fmt"
	"strconv"

	"github.com/apache/rocketmq-client-go/v2/consumer"
)

func init() { scenarios["sql"] = sql }

var sqlExpressions = map[string]func(i int) bool{
	"a > 10 AND a <= 20":                          func(i int) bool { return i > 10 && i <= 20 },
	"a BETWEEN 5 AND 9 OR a NOT BETWEEN 5 AND 50": func(i int) bool { return i <= 9 || i > 50 },
	"s IN ('x1', 'it''s') AND d < 12.25":          func(i int) bool { return i%3 != 2 && float64(i)+0.5 < 12.25 },
	"n IS NULL":                                   func(i int) bool { return i%4 != 0 },
	"n IS NOT NULL AND NOT (a = 8)":               func(i int) bool { return i%4 == 0 && i != 8 },
	"TAGS = 'even' AND b = TRUE":                  func(i int) bool { return i%10 == 0 },
	"a = 1 OR a = 2 AND s = 'nothing'":            func(i int) bool { return i == 1 },
	"s <> 'x1' AND a >= 30":                       func(i int) bool { return i%3 != 1 && i >= 30 },
}

// sql: each expression lets through what it says. This client asks no broker whether an expression is one.
func sql(c *cluster) error {
	count := c.parameter("count", 60)
	topic, err := c.topic(4)
	if err != nil {
		return err
	}
	p, err := c.producer()
	if err != nil {
		return err
	}
	for i := range count {
		message := c.message(topic, []string{"even", "odd"}[i%2], i, 100)
		message.WithProperty("a", strconv.Itoa(i))
		message.WithProperty("d", strconv.Itoa(i)+".5")
		message.WithProperty("s", []string{"it's", "x1", "x2"}[i%3])
		message.WithProperty("b", strconv.FormatBool(i%5 == 0))
		if i%4 == 0 {
			message.WithProperty("n", "here")
		}
		if err := stored(p.SendSync(context.Background(), message)); err != nil {
			return err
		}
	}
	for expression, isExpected := range sqlExpressions {
		expected := 0
		for i := range count {
			if isExpected(i) {
				expected++
			}
		}
		seen := newTally(c.run)
		selector := consumer.MessageSelector{Type: consumer.SQL92, Expression: expression}
		if _, err := c.consumeBy(selector, c.name("c"), topic, seen.listen); err != nil {
			return err
		}
		if err := c.awaitAll(seen, expected); err != nil {
			return fmt.Errorf("%s: %w", expression, err)
		}
		if err := seen.verify(count, isExpected); err != nil {
			return fmt.Errorf("%s: %w", expression, err)
		}
	}
	return nil
}
