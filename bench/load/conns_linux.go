package main

import (
	"errors"
	"fmt"
	"io"
	"syscall"
	"time"

	"github.com/go-asynchat/asynchat/bench/internal/raw"
)

// stuck is after how long without any answer the load gives up.
const stuck = 10 * time.Second

var errStuck = errors.New("the server does not answer")

// A conn is one connection. Offsets are in its stream of lines.
type conn struct {
	fd, index int
	place     int64 // of its stream in the ring
	answer    int64 // and in that of the answers
	due       int64 // to be sent, up to here
	sent, got int64
	began     time.Time // when the batch under way was sent
	times     queue     // when the lines under way were to be sent, in the open loop
	waits     bool      // for room
}

// A crowd is the connections and what they share.
type crowd struct {
	*job
	epoll   *raw.Epoll
	lines   *lines
	answers *lines // what comes back: as many, maybe of another size
	conns   []*conn
	buf     []byte
}

func (j *job) newCrowd() (*crowd, error) {
	epoll, err := raw.NewEpoll(1024)
	if err != nil {
		return nil, err
	}
	c := &crowd{job: j, epoll: epoll, buf: make([]byte, 256<<10)}
	c.lines, c.answers, err = j.streams()
	return c, err
}

// unanswered reports whether answers to what was sent are still to come.
func (c *crowd) unanswered(v *conn) bool { return v.got < c.dueAnswers(v) }

func (c *crowd) dueAnswers(v *conn) int64 {
	return v.due / int64(c.lines.size) * int64(c.answers.size)
}

// dial connects to the server: waiting for that, or not.
func (c *crowd) dial(flags int) (int, error) {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC|flags, 0)
	if err != nil {
		return -1, err
	}
	// A reset at the end keeps no port busy.
	syscall.SetsockoptLinger(fd, syscall.SOL_SOCKET, syscall.SO_LINGER, &syscall.Linger{Onoff: 1})
	syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1)
	err = syscall.Connect(fd,
		&syscall.SockaddrInet4{Port: int(c.addr.Port()), Addr: c.addr.Addr().As4()})
	if err != nil && err != syscall.EINPROGRESS {
		syscall.Close(fd)
		return -1, fmt.Errorf("connect: %w", err)
	}
	return fd, nil
}

// add makes one connection, watched for answers.
func (c *crowd) add() (*conn, error) {
	fd, err := c.dial(0)
	if err != nil {
		return nil, err
	}
	v := &conn{fd: fd, index: len(c.conns), place: c.lines.place(len(c.conns)),
		answer: c.answers.place(len(c.conns))}
	c.conns = append(c.conns, v)
	if err := syscall.SetNonblock(fd, true); err != nil {
		return nil, err
	}
	return v, c.epoll.Add(fd, v.index, syscall.EPOLLIN)
}

// connect makes all connections, some at a time, and has one line of each answered. So all are
// accepted.
func (c *crowd) connect() error {
	for len(c.conns) < c.job.conns {
		begun := len(c.conns)
		for len(c.conns) < min(begun+64, c.job.conns) {
			v, err := c.add()
			if err != nil {
				return fmt.Errorf("connection %d: %w", len(c.conns), err)
			}
			if err := c.send(v, c.lines.size); err != nil {
				return err
			}
		}
		for _, v := range c.conns[begun:] {
			for c.unanswered(v) {
				if err := c.turn(-1, nil); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// send sends n bytes more of the stream.
func (c *crowd) send(v *conn, n int) error {
	v.due += int64(n)
	return c.flush(v)
}

// flush sends what is due, or as much of it as there is room for.
func (c *crowd) flush(v *conn) error {
	for v.sent < v.due {
		n, err := raw.Write(v.fd, c.lines.at(v.place+v.sent, int(min(v.due-v.sent, maxBatch))))
		if err == syscall.EAGAIN {
			if v.waits {
				return nil
			}
			v.waits = true
			return c.epoll.Modify(v.fd, v.index, syscall.EPOLLIN|syscall.EPOLLOUT)
		}
		if err != nil {
			return fmt.Errorf("write: %w", err)
		}
		v.sent += int64(n)
	}
	if v.waits {
		v.waits = false
		return c.epoll.Modify(v.fd, v.index, syscall.EPOLLIN)
	}
	return nil
}

// receive reads once, and verifies it.
func (c *crowd) receive(v *conn) error {
	n, err := raw.Read(v.fd, c.buf)
	switch {
	case err == syscall.EAGAIN:
		return nil
	case err != nil:
		return fmt.Errorf("read: %w", err)
	case n == 0:
		return fmt.Errorf("read: %w", io.ErrUnexpectedEOF)
	}
	if err := c.answers.check(c.buf[:n], v.answer+v.got); err != nil {
		return err
	}
	v.got += int64(n)
	if v.got > c.dueAnswers(v) {
		return errors.New("more answers than lines")
	}
	return nil
}

// turn waits for events at most ms milliseconds, -1 for as long as the server may be silent, and
// calls then, if there is one, for each connection that has received something.
func (c *crowd) turn(ms int, then func(*conn) error) error {
	limit := ms
	if ms < 0 {
		limit = int(stuck / time.Millisecond)
	}
	events, err := c.epoll.Wait(limit)
	if err != nil {
		return err
	}
	if ms < 0 && len(events) == 0 {
		return errStuck
	}
	for i := range events {
		v := c.conns[events[i].Fd]
		if events[i].Events&syscall.EPOLLOUT != 0 {
			if err := c.flush(v); err != nil {
				return err
			}
		}
		if events[i].Events&^syscall.EPOLLOUT == 0 {
			continue
		}
		if err := c.receive(v); err != nil {
			return err
		}
		if then != nil {
			if err := then(v); err != nil {
				return err
			}
		}
	}
	return nil
}
