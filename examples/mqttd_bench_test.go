//go:build linux

package examples

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/examples/internal/mqtttest"
)

// A rival is a broker that is measured.
type rival struct {
	addr  string
	cmd   *exec.Cmd
	spent time.Duration // of its processor
	took  time.Duration
}

func startRival(b *testing.B, cmd *exec.Cmd, addr string) *rival {
	b.Helper()
	require.NoError(b, cmd.Start())
	b.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	r := &rival{addr: addr, cmd: cmd}
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); time.Now().Before(end); <-tick.C {
		if conn, err := net.Dial("tcp", addr); err == nil {
			conn.Close()
			return r
		}
	}
	b.Fatalf("%s does not listen", cmd)
	return nil
}

// freePort returns an address that is free now.
func freePort(b *testing.B) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	defer l.Close()
	return l.Addr().String()
}

// cpu returns the time that the processor has spent on the process, to a hundredth of a second.
func (r *rival) cpu(b *testing.B) time.Duration {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", r.cmd.Process.Pid))
	require.NoError(b, err)
	fields := strings.Fields(string(text)[strings.LastIndexByte(string(text), ')')+2:])
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * time.Second / 100
}

// An mqttLoad is publishers that send batches to their subscribers, and wait until they have come.
type mqttLoad struct {
	publishers, subscribers, batch, rounds int
	qos                                    byte
}

func (l mqttLoad) messages() int { return l.publishers * l.subscribers * l.batch * l.rounds }

func (l mqttLoad) run(b *testing.B, addr string) {
	var wg sync.WaitGroup
	for p := range l.publishers {
		wg.Go(func() {
			if err := l.publish(addr, fmt.Sprint("load/", p)); err != nil {
				b.Error(err)
			}
		})
	}
	wg.Wait()
}

// publish is one publisher, and those who have subscribed to its topic.
func (l mqttLoad) publish(addr, topic string) error {
	from, err := dialMQTT(addr, "")
	if err != nil {
		return err
	}
	defer from.Close()
	to := make([]*mqttClient, l.subscribers)
	for i := range to {
		if to[i], err = dialMQTT(addr, ""); err != nil {
			return err
		}
		defer to[i].Close()
		if _, err = to[i].ask(mqtttest.Subscribe(1, topic, l.qos), mqtttest.SubAck); err != nil {
			return err
		}
	}
	batch := ""
	for i := range l.batch {
		batch += mqtttest.Publish((i+1)*int(l.qos), topic, strings.Repeat("x", 100), 0)
	}
	for range l.rounds {
		if _, err := from.Write([]byte(batch)); err != nil {
			return err
		}
		for _, c := range to {
			if err := c.takeBatch(l.batch, l.qos > 0); err != nil {
				return err
			}
		}
		for range l.batch * int(l.qos) {
			if _, _, err := mqtttest.Read(from.r); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *mqttClient) takeBatch(n int, answer bool) error {
	acks := ""
	for range n {
		first, body, err := mqtttest.Read(c.r)
		if err != nil {
			return err
		}
		if answer {
			_, _, id := mqtttest.Published(first, body)
			acks += mqtttest.Ack(mqtttest.PubAck, id)
		}
	}
	_, err := c.Write([]byte(acks))
	return err
}

// mqttd beside mosquitto, in turns. Of a machine that does other things too, or whose clients are
// slower than the broker, the processor's time says more than the clock: a broker that has one core
// for itself delivers 1 s by that many messages.
//
//	go test ./examples -run '^$' -bench MQTT -benchtime 5x
func BenchmarkMQTTBesideMosquitto(b *testing.B) {
	path, err := exec.LookPath("mosquitto")
	if err != nil {
		b.Skip("mosquitto is not installed")
	}
	for name, l := range map[string]mqttLoad{
		"qos=0,1-to-1":     {publishers: 10, subscribers: 1, batch: 20, rounds: 500},
		"qos=1,1-to-1":     {publishers: 10, subscribers: 1, batch: 20, rounds: 500, qos: 1},
		"qos=0,one-by-one": {publishers: 50, subscribers: 1, batch: 1, rounds: 400},
		"qos=1,one-by-one": {publishers: 50, subscribers: 1, batch: 1, rounds: 400, qos: 1},
		"qos=0,1-to-100":   {publishers: 1, subscribers: 100, batch: 20, rounds: 50},
		"qos=1,1-to-100":   {publishers: 1, subscribers: 100, batch: 20, rounds: 50, qos: 1},
	} {
		b.Run(name, func(b *testing.B) {
			own, other := freePort(b), freePort(b)
			cmd := exec.Command(filepath.Join(binaries, "mqttd"), "-addr", own)
			cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
			_, port, _ := net.SplitHostPort(other)
			rivals := []*rival{startRival(b, cmd, own), startRival(b, exec.Command(path, "-p", port), other)}
			for b.Loop() {
				for _, r := range rivals {
					began, spent := time.Now(), r.cpu(b)
					l.run(b, r.addr)
					r.took += time.Since(began)
					r.spent += r.cpu(b) - spent
				}
			}
			us, they := rivals[0], rivals[1]
			n := float64(l.messages() * b.N)
			b.ReportMetric(n/us.spent.Seconds(), "msg/cpu-s")
			b.ReportMetric(they.spent.Seconds()/us.spent.Seconds(), "of-mosquitto(cpu)")
			b.ReportMetric(they.took.Seconds()/us.took.Seconds(), "of-mosquitto(clock)")
			b.ReportMetric(0, "ns/op")
		})
	}
}
