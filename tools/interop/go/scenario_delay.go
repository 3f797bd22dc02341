package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/apache/rocketmq-client-go/v2/consumer"
	"github.com/apache/rocketmq-client-go/v2/primitive"
)

func init() {
	scenarios["delay"] = delay
	scenarios["delay-levels"] = delay
	scenarios["timer"] = timer
}

// levelDelays are those of the broker's configuration; level 0 is no delay.
func (c *cluster) levelDelays() ([]time.Duration, error) {
	text, isGiven := c.parameters["levelsMs"]
	if !isGiven {
		text = "1000/5000/10000"
	}
	delays := []time.Duration{0}
	for _, part := range strings.Split(text, "/") {
		ms, err := strconv.Atoi(part)
		if err != nil {
			return nil, err
		}
		delays = append(delays, time.Duration(ms)*time.Millisecond)
	}
	return delays, nil
}

// delay: a message becomes visible at its level's time, not before, not much later.
func delay(c *cluster) error {
	delays, err := c.levelDelays()
	if err != nil {
		return err
	}
	each := c.parameter("count", 20)
	slack := time.Duration(c.parameter("slackMs", 1_500)) * time.Millisecond
	return c.awaitDue(len(delays)*each, -50*time.Millisecond, slack, func(index int, message *primitive.Message) time.Duration {
		message.WithDelayTimeLevel(index / each)
		return delays[index/each]
	})
}

// timer: a message becomes visible at the time it names.
func timer(c *cluster) error {
	slack := time.Duration(c.parameter("slackMs", 2_500)) * time.Millisecond
	// A timer's times are whole seconds.
	return c.awaitDue(10, -1_050*time.Millisecond, slack, func(index int, message *primitive.Message) time.Duration {
		after := 3_500*time.Millisecond + time.Duration(index)*100*time.Millisecond
		message.WithDelayTimestamp(time.Now().Add(after))
		return after
	})
}

// awaitDue sends messages that put says are due after a while, and checks when each arrives.
func (c *cluster) awaitDue(count int, early, slack time.Duration, put func(int, *primitive.Message) time.Duration) error {
	topic, err := c.topic(4)
	if err != nil {
		return err
	}
	var mutex sync.Mutex
	arrived := map[int]time.Time{}
	seen := newTally(c.run)
	listen := func(_ context.Context, messages ...*primitive.MessageExt) (consumer.ConsumeResult, error) {
		mutex.Lock()
		defer mutex.Unlock()
		for _, message := range messages {
			arrived[seen.add(message)] = time.Now()
		}
		return consumer.ConsumeSuccess, nil
	}
	if _, err := c.consume(c.name("c"), topic, "*", listen); err != nil {
		return err
	}
	p, err := c.producer()
	if err != nil {
		return err
	}
	due := make([]time.Time, count)
	for i := range count {
		message := c.message(topic, "TagA", i, 100)
		due[i] = time.Now().Add(put(i, message))
		if err := stored(p.SendSync(context.Background(), message)); err != nil {
			return err
		}
	}
	if err := c.awaitAll(seen, count); err != nil {
		return err
	}
	if err := seen.verifyExactlyOnce(count); err != nil {
		return err
	}
	mutex.Lock()
	defer mutex.Unlock()
	var worst time.Duration
	for i := range count {
		late := arrived[i].Sub(due[i])
		if late < early || late > slack {
			return fmt.Errorf("message %d came %v after it was due", i, late)
		}
		worst = max(worst, late)
	}
	c.facts["worstLatenessMs"] = worst.Milliseconds()
	return nil
}
