package main

import (
	"syscall"
	"time"
)

// accept connects, has one line answered, and resets the connection, on so many connections at a
// time.
func (j *job) accept() error {
	c, err := j.newCrowd()
	if err != nil {
		return err
	}
	for i := range j.conns {
		c.conns = append(c.conns, &conn{index: i})
		if err := c.renew(c.conns[i]); err != nil {
			return err
		}
	}
	now := time.Now()
	j.start(now)
	for {
		events, err := c.epoll.Wait(int(stuck / time.Millisecond))
		if err != nil {
			return err
		}
		if len(events) == 0 {
			return errStuck
		}
		for i := range events {
			if err := c.step(c.conns[events[i].Fd]); err != nil {
				return err
			}
		}
		now = time.Now()
		if done, err := j.over(now); done || err != nil {
			return err
		}
	}
}

// renew begins a connection.
func (c *crowd) renew(v *conn) error {
	fd, err := c.dial(syscall.SOCK_NONBLOCK)
	if err != nil {
		return err
	}
	*v = conn{fd: fd, index: v.index, place: c.lines.place(int(c.units)),
		began: time.Now(), waits: true}
	return c.epoll.Add(fd, v.index, syscall.EPOLLOUT)
}

// step goes on with a connection for which there is an event.
func (c *crowd) step(v *conn) error {
	if v.waits { // and is connected now
		v.waits = false
		if err := c.epoll.Modify(v.fd, v.index, syscall.EPOLLIN); err != nil {
			return err
		}
		return c.send(v, c.size)
	}
	if err := c.receive(v); err != nil || v.got < v.due {
		return err
	}
	c.latency.Add(time.Since(v.began))
	c.units++
	syscall.Close(v.fd)
	return c.renew(v)
}
