package main

import (
	"context"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/apache/rocketmq-client-go/v2/producer"
)

const (
	outageSenders    = 8
	outageAfterwards = 200
)

func init() { scenarios["outage"] = outage }

// outage: sends and consumes while somebody kills the broker and starts it again. Makes the file "sending" once
// messages flow, and goes on until there is a file "stop". Then everything that was acknowledged must have
// arrived, and sends must be accepted again.
func outage(c *cluster) error {
	topic, err := c.topic(4)
	if err != nil {
		return err
	}
	seen := newTally(c.run)
	seen.isKeeper = false
	if _, err := c.collect(c.name("c"), topic, "*", seen); err != nil {
		return err
	}
	p, err := c.producer(producer.WithSendMsgTimeout(3 * time.Second))
	if err != nil {
		return err
	}
	var next, failed atomic.Int64
	var acknowledged sync.Map
	var senders sync.WaitGroup
	for range outageSenders {
		senders.Add(1)
		go func() {
			defer senders.Done()
			for i := int(next.Add(1)) - 1; !exists("stop"); i = int(next.Add(1)) - 1 {
				result, err := p.SendSync(context.Background(), c.message(topic, "TagA", i, 64+i%512))
				if stored(result, err) == nil {
					acknowledged.Store(i, true)
				} else {
					failed.Add(1)
					time.Sleep(20 * time.Millisecond)
				}
				time.Sleep(time.Millisecond)
			}
		}()
	}
	if err := c.await("first messages", func() bool { return seen.distinct() > 500 }); err != nil {
		return err
	}
	if err := os.WriteFile("sending", nil, 0o600); err != nil {
		return err
	}
	senders.Wait()
	first := int(next.Load())
	if err := c.sendAll(p, topic, first, first+outageAfterwards); err != nil {
		return err
	}
	for i := first; i < first+outageAfterwards; i++ {
		acknowledged.Store(i, true)
	}
	count := 0
	acknowledged.Range(func(any, any) bool { count++; return true })
	c.facts["acknowledged"] = count
	c.facts["failed"] = failed.Load()
	missing := func() (indexes []int) {
		acknowledged.Range(func(index, _ any) bool {
			if seen.count(index.(int)) == 0 {
				indexes = append(indexes, index.(int))
			}
			return true
		})
		return indexes
	}
	err = c.await("everything that was acknowledged", func() bool { return len(missing()) == 0 })
	if err != nil {
		return fmt.Errorf("%w, missing are %v", err, missing())
	}
	c.facts["duplicates"] = seen.duplicates()
	return seen.verifyIntact()
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}
