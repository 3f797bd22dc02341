package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/apache/rocketmq-client-go/v2/consumer"
	"github.com/apache/rocketmq-client-go/v2/primitive"
	"github.com/apache/rocketmq-client-go/v2/producer"
)

func init() { scenarios["acl"] = acl }

// aclClosed is denied to the user by the broker's file of accounts.
const aclClosed = "AclClosed"

func credentials(accessKey, secretKey string) primitive.Credentials {
	return primitive.Credentials{AccessKey: accessKey, SecretKey: secretKey}
}

// acl: a client with credentials does what its account may; all others are refused, with the reason.
func acl(c *cluster) error {
	count := c.parameter("count", 40)
	topic := c.name("t")
	user := credentials("user-account", "user-secret")
	p, err := c.producer(producer.WithCredentials(user))
	if err != nil {
		return err
	}
	if err := c.sendAll(p, topic, 0, count); err != nil {
		return err
	}
	seen := newTally(c.run)
	if _, err := c.collect(c.name("c"), topic, "*", seen, consumer.WithCredentials(user)); err != nil {
		return err
	}
	if err := c.awaitAll(seen, count); err != nil {
		return err
	}
	if err := seen.verify(count, func(int) bool { return true }); err != nil {
		return err
	}
	_, err = p.SendSync(context.Background(), c.message(aclClosed, "TagA", 0, 64))
	if err := refusedFor(err, "No default permission for topic:"+aclClosed); err != nil {
		return err
	}
	nobody, err := c.producer()
	if err != nil {
		return err
	}
	_, err = nobody.SendSync(context.Background(), c.message(topic, "TagA", 0, 64))
	if err := refusedFor(err, "No accessKey is configured"); err != nil {
		return err
	}
	liar, err := c.producer(producer.WithCredentials(credentials("user-account", "wrong-secret")))
	if err != nil {
		return err
	}
	_, err = liar.SendSync(context.Background(), c.message(topic, "TagA", 0, 64))
	return refusedFor(err, "Check signature failed for accessKey=user-account")
}

// refusedFor returns nil when something failed for that reason.
func refusedFor(err error, why string) error {
	if err == nil || !strings.Contains(err.Error(), why) {
		return fmt.Errorf("expected a refusal with %q, got %v", why, err)
	}
	return nil
}
