package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	rocketmq "github.com/apache/rocketmq-client-go/v2"
	"github.com/apache/rocketmq-client-go/v2/primitive"
)

func init() { scenarios["member"] = member }

// member is one of two members of a group whose other member is another client, which made topic, group and
// messages: says that it joined, takes half of the messages, says which, and leaves.
func member(c *cluster) error {
	count := c.parameter("count", 800)
	topic, reports := c.parameters["topic"], c.parameters["reports"]
	client, err := c.admin()
	if err != nil {
		return err
	}
	// The other member makes them; this client does not start without.
	for _, name := range []string{topic, reports} {
		if err := c.awaitRoute(client, name); err != nil {
			return err
		}
	}
	seen := newTally(c.parameters["run"])
	if _, err := c.collect(c.parameters["group"], topic, "*", seen); err != nil {
		return err
	}
	p, err := c.producer()
	if err != nil {
		return err
	}
	if err := report(p, reports, "joined", "yes"); err != nil {
		return err
	}
	if err := c.awaitAll(seen, count/2); err != nil {
		return err
	}
	if err := seen.verifyIntact(); err != nil {
		return err
	}
	if seen.duplicates() > 0 {
		return fmt.Errorf("%d duplicates", seen.duplicates())
	}
	var taken []string
	for i := range count {
		if seen.count(i) > 0 {
			taken = append(taken, strconv.Itoa(i))
		}
	}
	return report(p, reports, "taken", strings.Join(taken, ","))
}

func report(p rocketmq.Producer, topic, tag, text string) error {
	message := primitive.NewMessage(topic, []byte(text)).WithTag(tag)
	return stored(p.SendSync(context.Background(), message))
}
