package main

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
)

// A visitor is a client over a socket.
type visitor struct {
	net.Conn
	lines *bufio.Scanner
	nick  string
}

func visit(t *testing.T, addr, nick string) *visitor {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(5 * time.Minute))
	v := &visitor{conn, bufio.NewScanner(conn), nick}
	fmt.Fprintf(v, "NICK %s\r\nUSER %s 0 * :%s\r\nJOIN #go\r\n", nick, nick, nick)
	return v
}

// await reads lines up to one that contains text, and returns those before it.
func (v *visitor) await(text string) (before []string, err error) {
	for v.lines.Scan() {
		if strings.Contains(v.lines.Text(), text) {
			return before, nil
		}
		before = append(before, v.lines.Text())
	}
	return before, fmt.Errorf("%s waits in vain for %q: %w", v.nick, text,
		errors.Join(v.lines.Err(), net.ErrClosed))
}

// say sends lines, and waits until all of them have been obeyed.
func (v *visitor) say(lines ...string) (heard []string, err error) {
	for _, line := range append(lines, "PING done") {
		fmt.Fprintf(v, "%s\r\n", line)
	}
	return v.await(" PONG irc.example :done")
}

// serveCrowd starts a server with two loops for as long as the test runs.
func serveCrowd(t *testing.T, n *network) (addr string) {
	t.Helper()
	srv := n.server()
	srv.Loops, srv.Addr = 2, "127.0.0.1:0"
	l, err := srv.Listen()
	require.NoError(t, err)
	served := make(chan error, 1)
	go func() { served <- srv.Serve(l) }()
	t.Cleanup(func() {
		srv.Close()
		if err := <-served; !errors.Is(err, chat.ErrServerClosed) {
			t.Errorf("Serve: %v", err)
		}
	})
	return l.Addr().String()
}

// Two hundred clients on two loops are in a room, some of them talk, all at the same time, and
// others come and go and change their names meanwhile. Everything reaches every member once, and in
// one and the same order.
func TestCrowd(t *testing.T) {
	const clients, speakers, restless, each = 200, 20, 10, 20
	n := hasty()
	addr := serveCrowd(t, n)
	var crowd, moving []*visitor
	for i := range clients {
		crowd = append(crowd, visit(t, addr, fmt.Sprint("c", i)))
	}
	for i := range restless {
		moving = append(moving, visit(t, addr, fmt.Sprint("r", i)))
	}
	for _, v := range slices.Concat(crowd, moving) {
		_, err := v.await(" 366 ")
		require.NoError(t, err)
	}
	used := map[*core.Loop]int{}
	n.mu.Lock()
	for _, s := range n.nicks {
		used[s.Loop()]++
	}
	n.mu.Unlock()
	require.Len(t, used, 2, "loops in use")

	host, reference := crowd[0], crowd[1]
	_, err := host.say("PRIVMSG #go :start")
	require.NoError(t, err)
	var wg sync.WaitGroup
	for _, v := range crowd[2 : 2+speakers] {
		wg.Go(func() {
			for i := range each {
				fmt.Fprintf(v, "PRIVMSG #go :%s says %d\r\n", v.nick, i)
			}
		})
	}
	for _, v := range moving {
		wg.Go(func() {
			for i := range each / 2 {
				_, err := v.say("PART #go", fmt.Sprintf("NICK %sx%d", v.nick, i), "JOIN #go", "NICK "+v.nick,
					"PRIVMSG c0 :hi", "NAMES #go")
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	for _, v := range crowd[2 : 2+speakers] {
		fmt.Fprint(v, "PRIVMSG c0 :done\r\n")
	}
	for range speakers {
		_, err := host.await("PRIVMSG c0 :done")
		require.NoError(t, err)
	}
	fmt.Fprint(host, "PRIVMSG #go :end\r\n")

	heard := func(v *visitor) []string {
		_, err := v.await(":start")
		require.NoError(t, err)
		lines, err := v.await(":end")
		require.NoError(t, err)
		return lines
	}
	all := heard(reference)
	next := map[string]int{}
	for _, line := range all {
		var nick string
		var i int
		if _, text, ok := strings.Cut(line, " PRIVMSG #go :"); ok {
			fmt.Sscanf(text, "%s says %d", &nick, &i)
			if next[nick] != i {
				t.Fatalf("message %d of %s in the place of %d", i, nick, next[nick])
			}
			next[nick]++
		}
	}
	if want := speakers*each + restless*each/2*3; len(all) != want || len(next) != speakers {
		t.Errorf("%d lines were heard from %d speakers, want %d from %d", len(all),
			len(next), want, speakers)
	}
	for _, v := range crowd[2:] {
		want := slices.DeleteFunc(slices.Clone(all), func(line string) bool {
			return strings.HasPrefix(line, ":"+v.nick+"!")
		})
		if got := heard(v); !slices.Equal(got, want) {
			t.Fatalf("%s has heard %d lines that are not the %d of the others in their order", v.nick,
				len(got), len(want))
		}
	}
}

// Of many who want one nick, one gets it; of many who open one room, one is its operator. He throws
// out the others, while they talk and go by themselves; when all are gone, nothing is left.
func TestRaces(t *testing.T) {
	n := hasty()
	addr := serveCrowd(t, n)
	for round := range 5 {
		room := fmt.Sprint("#r", round)
		var crowd []*visitor
		for i := range 40 {
			v := visit(t, addr, fmt.Sprint("a", i))
			_, err := v.await(" 366 ")
			require.NoError(t, err)
			crowd = append(crowd, v)
		}
		var winners, operators atomic.Int32
		var operator *visitor
		each(t, crowd, func(v *visitor) error {
			heard, err := v.say("NICK Winner", "JOIN "+room)
			if before := v.nick; slices.ContainsFunc(heard, func(line string) bool {
				return strings.HasPrefix(line, ":"+before+"!") && strings.HasSuffix(line, " NICK :Winner")
			}) {
				winners.Add(1)
				v.nick = "Winner"
			}
			if slices.Contains(heard, fmt.Sprintf(":irc.example 353 %s = %s :@%s", v.nick, room, v.nick)) {
				operators.Add(1)
				operator = v
			}
			return err
		})
		if w, o := winners.Load(), operators.Load(); w != 1 || o != 1 {
			t.Fatalf("%d have the nick, %d are operators of a room that they have opened", w, o)
		}
		each(t, crowd, func(v *visitor) (err error) {
			if v != operator {
				_, err = v.say("PRIVMSG "+room+" :hello", "PRIVMSG "+room+" :hello", "PART "+room)
				return err
			}
			for _, other := range crowd {
				if other != operator && err == nil {
					_, err = v.say(fmt.Sprintf("MODE %s +v %s", room, other.nick),
						fmt.Sprintf("KICK %s %s", room, other.nick))
				}
			}
			return err
		})
		n.mu.Lock()
		if members := n.room(room).members; len(members) != 1 || members[0].nick != operator.nick {
			t.Errorf("%d members are left", len(members))
		}
		n.mu.Unlock()
		each(t, crowd, func(v *visitor) error {
			fmt.Fprint(v, "QUIT\r\n")
			_, err := v.await("ERROR :Closing link")
			return err
		})
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.nicks)+len(n.rooms) > 0 {
		t.Errorf("left are %d nicks and %d rooms", len(n.nicks), len(n.rooms))
	}
}

// each has all visitors do something at the same time.
func each(t *testing.T, crowd []*visitor, f func(*visitor) error) {
	t.Helper()
	var wg sync.WaitGroup
	for _, v := range crowd {
		wg.Go(func() {
			if err := f(v); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}
