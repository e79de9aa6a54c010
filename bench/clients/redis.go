package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

func withRedis(addr string, n int) error {
	ctx := context.Background()
	c := redis.NewClient(&redis.Options{Addr: addr})
	defer c.Close()
	if err := c.Set(ctx, "a", 1, 100*time.Second).Err(); err != nil {
		return err
	}
	if got, err := c.MGet(ctx, "a", "nothing").Result(); fmt.Sprint(got, err) != "[1 <nil>] <nil>" {
		return fmt.Errorf("MGET: %v, %v", got, err)
	}
	if _, err := c.Get(ctx, "nothing").Result(); err != redis.Nil {
		return fmt.Errorf("GET of nothing: %v", err)
	}
	if err := transact(ctx, c); err != nil {
		return err
	}
	if err := listen(ctx, c); err != nil {
		return err
	}
	for done := 0; done < n; {
		p := c.Pipeline()
		for range min(1000, n-done) {
			p.Incr(ctx, "count")
			done++
		}
		results, err := p.Exec(ctx)
		if err != nil {
			return err
		}
		if got := results[len(results)-1].(*redis.IntCmd).Val(); got != int64(done) {
			return fmt.Errorf("%d operations, and the count is %d", done, got)
		}
	}
	return nil
}

func transact(ctx context.Context, c *redis.Client) error {
	var sum *redis.FloatCmd
	_, err := c.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.Incr(ctx, "n")
		sum = p.IncrByFloat(ctx, "f", 1.5)
		return nil
	})
	if err != nil || sum.Val() != 1.5 {
		return fmt.Errorf("transaction: %v, %v", sum.Val(), err)
	}
	err = c.Watch(ctx, func(tx *redis.Tx) error {
		c.Incr(ctx, "n") // on another connection
		_, err := tx.TxPipelined(ctx, func(p redis.Pipeliner) error { return p.Incr(ctx, "n").Err() })
		return err
	}, "n")
	if !errors.Is(err, redis.TxFailedErr) {
		return fmt.Errorf("a watched key was changed, and EXEC: %v", err)
	}
	return nil
}

func listen(ctx context.Context, c *redis.Client) error {
	s := c.Subscribe(ctx, "news")
	defer s.Close()
	if _, err := s.Receive(ctx); err != nil {
		return err
	}
	if n, err := c.Publish(ctx, "news", "hello").Result(); n != 1 || err != nil {
		return fmt.Errorf("PUBLISH: %d, %v", n, err)
	}
	m, err := s.ReceiveMessage(ctx)
	if err != nil || m.Payload != "hello" {
		return fmt.Errorf("received %v, %v", m, err)
	}
	return nil
}
