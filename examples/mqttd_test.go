//go:build unix

package examples

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/examples/internal/mqtttest"
)

// An mqttClient is a client that has introduced itself.
type mqttClient struct {
	net.Conn
	r *bufio.Reader
}

func dialMQTT(addr, id string) (*mqttClient, error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	conn.SetDeadline(time.Now().Add(patience))
	c := &mqttClient{conn, bufio.NewReader(conn)}
	_, err = c.ask(mqtttest.Hello{ID: id, Clean: true}.Connect(), mqtttest.ConnAck)
	return c, err
}

// ask sends a packet and waits for one that begins so, which is all that comes.
func (c *mqttClient) ask(packet string, first byte) (body []byte, err error) {
	if _, err := c.Write([]byte(packet)); err != nil {
		return nil, err
	}
	got, body, err := mqtttest.Read(c.r)
	if err == nil && got != first {
		err = fmt.Errorf("%x %x came, want %x", got, body, first)
	}
	return body, err
}

// mosquitto runs a client of mosquitto against a server.
func mosquitto(t *testing.T, s *server, name string, args ...string) *exec.Cmd {
	t.Helper()
	need(t, name)
	host, port, err := net.SplitHostPort(s.addr)
	require.NoError(t, err)
	path, err := exec.LookPath(name)
	require.NoError(t, err)
	return command(t, nil, path, append([]string{"-h", host, "-p", port}, args...)...)
}

// Subscribers of mosquitto get what its publishers send, what is retained and the will of one that
// is killed, and a session that is kept gets what came while it was away.
func TestMQTTWithMosquitto(t *testing.T) {
	t.Parallel()
	s := start(t, "mqttd")
	publish := func(args ...string) {
		t.Helper()
		out, err := mosquitto(t, s, "mosquitto_pub", args...).CombinedOutput()
		require.NoError(t, err, "%s", out)
	}
	publish("-t", "rooms/kitchen/lamp", "-m", "on", "-q", "1", "-r")
	var out printed
	sub := mosquitto(t, s, "mosquitto_sub", "-v", "-q", "1", "-t", "rooms/+/lamp", "-t", "wills/#")
	sub.Stdout = &out
	require.NoError(t, sub.Start())
	expect := func(want string) {
		t.Helper()
		until(t, fmt.Sprintf("%q", want), func() bool { return out.String() == want })
	}
	want := "rooms/kitchen/lamp on\n"
	expect(want)
	publish("-t", "rooms/hall/lamp", "-m", "off", "-q", "0")
	publish("-t", "rooms/hall/door", "-m", "open")
	publish("-t", "rooms/hall/lamp", "-m", "on", "-q", "1")
	want += "rooms/hall/lamp off\nrooms/hall/lamp on\n"
	expect(want)
	dying := mosquitto(t, s, "mosquitto_sub", "-t", "x", "--will-topic", "wills/me",
		"--will-payload", "gone", "--will-qos", "1", "-i", "dying")
	require.NoError(t, dying.Start())
	heir := mosquitto(t, s, "mosquitto_sub", "-t", "x", "-i", "dying", "-C", "1") // takes over
	require.NoError(t, heir.Start())
	want += "wills/me gone\n"
	expect(want)
	publish("-t", "x", "-m", "end", "-r")
	heir.Wait()
	dying.Process.Kill()
	dying.Wait()

	kept := func(n string) *exec.Cmd {
		return mosquitto(t, s, "mosquitto_sub", "-c", "-i", "kept", "-q", "1", "-t", "later", "-C", n)
	}
	away := kept("1")
	require.NoError(t, away.Start())
	publish("-t", "later", "-m", "0", "-q", "1", "-r") // comes before the subscription, or behind it
	require.NoError(t, away.Wait())
	publish("-t", "later", "-m", "1", "-q", "1")
	publish("-t", "later", "-m", "2", "-q", "1")
	got, err := kept("3").Output()
	require.NoError(t, err)
	require.Equal(t, "1\n2\n0\n", string(got)) // what is retained comes behind what has waited
	sub.Process.Kill()
	sub.Wait()
}

// withMQTTJS subscribes, publishes ten thousand messages, and counts what comes back; then it
// breaks its connection, and gets the rest in the next.
const withMQTTJS = `
const mqtt = require("mqtt");
const url = "mqtt://" + process.argv[2], n = 10000;
const die = e => { console.error(e); process.exit(1); };
const c = mqtt.connect(url, {clientId: "js", clean: false, reconnectPeriod: 10});
c.on("error", die);
const seen = new Map();
let broken = 0;
c.on("message", (topic, payload) => {
  const k = topic + " " + payload;
  seen.set(k, (seen.get(k) || 0) + 1);
  if (seen.size === n / 2 && !broken++) c.stream.destroy();
  if (seen.size === n) {
    for (let i = 0; i < n; i++)
      if (!seen.get("js/" + i % 7 + " message " + i)) die("lost " + i);
    c.end(false, {}, () => console.log("done"));
  }
});
c.once("connect", () => c.subscribe("js/+", {qos: 1}, (err, granted) => {
  if (err || granted[0].qos !== 1) die(err || "granted " + granted[0].qos);
  for (let i = 0; i < n; i++)
    c.publish("js/" + i % 7, "message " + i, {qos: 1}, err => err && die(err));
}));
`

// The npm package mqtt, with its defaults.
func TestMQTTWithNode(t *testing.T) {
	t.Parallel()
	dir := withPackage(t, "mqtt@5")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "client.js"), []byte(withMQTTJS), 0o644))
	cmd := command(t, nil, lookUp(t, "node"), "client.js", start(t, "mqttd").addr)
	cmd.Dir = dir
	mustBeDone(t, cmd)
}

const (
	subscribersVar = "EXAMPLES_MQTT_SUBSCRIBERS" // tells a process to be some of them, and of whom
	perProcess     = 50
	killedMessages = 300
)

// beSubscribers is the process of some subscribers, which ends when each of them has got each
// message, once and in order.
func beSubscribers(addr string) int {
	var wg sync.WaitGroup
	failed := make(chan error, perProcess)
	for range perProcess {
		c, err := dialMQTT(addr, "")
		if err == nil {
			_, err = c.ask(mqtttest.Subscribe(1, "all", 1), mqtttest.SubAck)
		}
		if err != nil {
			fmt.Println("cannot subscribe:", err)
			return 1
		}
		wg.Go(func() { failed <- c.expectAll(killedMessages) })
	}
	fmt.Println("subscribed")
	for range perProcess {
		if err := <-failed; err != nil {
			fmt.Println(err)
			return 1
		}
	}
	fmt.Println("complete")
	return 0
}

// expectAll reads the numbers from 0 to n-1, and one that says that nothing else has come.
func (c *mqttClient) expectAll(n int) error {
	for i := range n + 1 {
		first, body, err := mqtttest.Read(c.r)
		if err != nil {
			return err
		}
		topic, payload, id := mqtttest.Published(first, body)
		if want := fmt.Sprint(i); first != 0x32 || topic != "all" || payload != want {
			return fmt.Errorf("%x %s %q came, want %s", first, topic, payload, want)
		}
		if _, err := c.Write([]byte(mqtttest.Ack(mqtttest.PubAck, id))); err != nil {
			return err
		}
	}
	return nil
}

// Of 1,000 subscribers half are killed in the middle: nobody else loses a message, nor gets one
// twice.
func TestMQTTSubscribersAreKilled(t *testing.T) {
	t.Parallel()
	s := start(t, "mqttd")
	processes := 4
	if full {
		processes = 1000 / perProcess
	}
	needDescriptors(t, processes*perProcess)
	all := make([]*exec.Cmd, processes)
	said := make([]*bufio.Reader, processes)
	for i := range all {
		all[i] = exec.Command(os.Args[0])
		all[i].Env = append(os.Environ(), subscribersVar+"="+s.addr)
		out, err := all[i].StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, all[i].Start())
		t.Cleanup(func() { all[i].Process.Kill(); all[i].Wait() })
		said[i] = bufio.NewReader(out)
	}
	expect := func(i int, want string) {
		t.Helper()
		line, err := said[i].ReadString('\n')
		require.NoError(t, err)
		require.Equal(t, want, strings.TrimSpace(line))
	}
	for i := range all {
		expect(i, "subscribed")
	}
	c, err := dialMQTT(s.addr, "publisher")
	require.NoError(t, err)
	defer c.Close()
	for n := range killedMessages + 1 {
		_, err := c.ask(mqtttest.Publish(n%65535+1, "all", fmt.Sprint(n), 0), mqtttest.PubAck)
		require.NoError(t, err)
		if n == killedMessages/2 {
			for _, cmd := range all[:processes/2] {
				require.NoError(t, cmd.Process.Kill())
			}
		}
	}
	for i := processes / 2; i < processes; i++ {
		expect(i, "complete")
	}
}
