package main

import (
	"sync/atomic"
	"time"
)

func init() { scenarios["join-leave"] = joinLeave }

// joinLeave: a second consumer joins while messages flow, and leaves again: nothing is lost.
func joinLeave(c *cluster) error {
	stay := time.Duration(c.parameter("stayMs", 3000)) * time.Millisecond
	topic, err := c.topic(8)
	if err != nil {
		return err
	}
	p, err := c.producer()
	if err != nil {
		return err
	}
	group := c.name("c")
	staying, visiting := newTally(c.run), newTally(c.run)
	if _, err := c.collect(group, topic, "*", staying); err != nil {
		return err
	}
	var sent atomic.Int64
	stop := make(chan struct{})
	done := make(chan error, 1)
	go func() {
		for {
			select {
			case <-stop:
				done <- nil
				return
			case <-time.After(2 * time.Millisecond):
				if err := c.sendAll(p, topic, int(sent.Load()), int(sent.Load())+1); err != nil {
					done <- err
					return
				}
				sent.Add(1)
			}
		}
	}()
	if err := c.await("first messages", func() bool { return staying.distinct() > 50 }); err != nil {
		return err
	}
	visitor, err := c.collect(group, topic, "*", visiting)
	if err != nil {
		return err
	}
	if err := c.await("messages for who joins", func() bool { return visiting.distinct() > 50 }); err != nil {
		return err
	}
	time.Sleep(stay)
	if err := visitor.Shutdown(); err != nil {
		return err
	}
	time.Sleep(stay / 3)
	close(stop)
	if err := <-done; err != nil {
		return err
	}
	count := int(sent.Load())
	union := func() int {
		sum := 0
		for i := 0; i < count; i++ {
			if staying.count(i)+visiting.count(i) > 0 {
				sum++
			}
		}
		return sum
	}
	if err := c.await("all messages", func() bool { return union() == count }); err != nil {
		return err
	}
	c.facts["messages"] = count
	c.facts["duplicates"] = staying.total + visiting.total - count
	if err := staying.verifyIntact(); err != nil {
		return err
	}
	return visiting.verifyIntact()
}
