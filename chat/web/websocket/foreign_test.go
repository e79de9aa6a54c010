//go:build unix

package websocket

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
)

// installWS installs the npm package ws in a folder that it returns.
func installWS(t *testing.T) (dir string) {
	t.Helper()
	if os.Getenv("ASYNCHAT_FOREIGN") == "" {
		t.Skip("the npm package ws is used only with ASYNCHAT_FOREIGN=1")
	}
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is not installed", program)
		}
	}
	dir = t.TempDir()
	install := exec.Command("npm", "install", "--no-audit", "--no-fund", "ws@8")
	install.Dir = dir
	install.Env = append(os.Environ(), "npm_config_cache="+filepath.Join(dir, "cache"))
	if out, err := install.CombinedOutput(); err != nil {
		t.Skipf("npm cannot install ws: %v\n%.500s", err, out)
	}
	return dir
}

// node runs a script with the package ws.
func node(t *testing.T, dir, script string, args ...string) *exec.Cmd {
	require.NoError(t, os.WriteFile(filepath.Join(dir, "script.js"), []byte(script), 0o644))
	cmd := exec.Command("node", append([]string{"script.js"}, args...)...)
	cmd.Dir = dir
	return cmd
}

const wsClient = `
const WebSocket = require("ws");
const die = why => { console.log(why); process.exit(1); };
const ws = new WebSocket("ws://" + process.argv[2], ["other", "echo"]);
const sent = ["", "h\u00e9llo", Buffer.from([0, 255]), "x".repeat(126), "y".repeat(65536),
  "in parts"];
let n = 0;
setTimeout(() => die("too late"), 100000).unref();
ws.on("error", die);
ws.on("open", () => {
  if (ws.protocol !== "echo" || ws.extensions !== "") die(ws.protocol + ws.extensions);
  for (const m of sent.slice(0, -1)) ws.send(m);
  ws.send("in ", {fin: false}); ws.ping("within"); ws.send("parts", {fin: true});
});
ws.on("pong", data => { if (String(data) !== "within") die("pong " + data); n++; });
ws.on("message", (data, binary) => {
  const want = sent[n > 5 ? 5 : n];
  if (binary !== Buffer.isBuffer(want) || Buffer.compare(data, Buffer.from(want)))
    die("message " + n);
  if (++n === 7) ws.close(4001, "enough");
});
ws.on("close", (code, reason) => console.log("closed", n, code));
`

// The client of the npm package ws: its offer of compression is passed over.
func TestWithNodeClient(t *testing.T) {
	dir := installWS(t)
	ended := make(chan string, 1)
	u := &Upgrader{Subprotocols: []string{"echo"}}
	s := &chat.Server{Handler: u.Server(func(c *Conn) Handler {
		return &reporter{echo{Conn: c}, ended}
	})}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go s.Serve(l)
	defer s.Close()
	out, err := node(t, dir, wsClient, l.Addr().String()).CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Equal(t, "closed 7 4001\n", string(out))
	require.Equal(t, `close 4001 "enough"`, <-ended)
}

// A reporter is an echo that says how it has ended.
type reporter struct {
	echo
	ended chan<- string
}

func (r *reporter) HandleClose(err error) {
	r.echo.HandleClose(err)
	r.ended <- r.end
}

const wsServer = `
const {WebSocketServer} = require("ws");
const wss = new WebSocketServer({host: "127.0.0.1", port: 0},
  () => console.log(wss.address().port));
wss.on("connection", ws => {
  ws.on("message", (data, binary) => ws.send(data, {binary}));
  ws.on("error", e => console.log("error", e.message));
  ws.on("close", (code, reason) => {
    console.log("closed", code, String(reason));
    wss.close();
  });
});
`

// Its server, and our client.
func TestWithNodeServer(t *testing.T) {
	dir := installWS(t)
	cmd := node(t, dir, wsServer)
	pipe, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	defer cmd.Wait()
	defer cmd.Process.Kill()
	out := bufio.NewReader(pipe)
	port, err := out.ReadString('\n')
	require.NoError(t, err)
	loop, err := core.New()
	require.NoError(t, err)
	me := &talker{loop: loop}
	_, err = Dial(loop, "ws://127.0.0.1:"+strings.TrimSpace(port), func(c *Conn) Handler {
		me.Conn = c
		return me
	})
	require.NoError(t, err)
	require.NoError(t, loop.Run(t.Context()))
	require.Equal(t, []string{"text 5 hello", "binary 60000", "text 0 "}, me.heard)
	rest, err := io.ReadAll(out)
	require.NoError(t, err)
	require.Equal(t, "closed 4002 bye\n", string(rest))
	require.NoError(t, me.end)
}

// A talker sends, hears, and closes.
type talker struct {
	*Conn
	loop  *core.Loop
	heard []string
	end   error
}

func (c *talker) HandleConnect() {
	c.PushText("hello")
	c.Push(Binary, make([]byte, 60000))
	c.Push(Text, nil)
}

func (c *talker) HandleMessage(kind Kind, m []byte) {
	if len(m) > 100 {
		c.heard = append(c.heard, fmt.Sprint(kind, " ", len(m)))
		return
	}
	c.heard = append(c.heard, fmt.Sprintf("%v %d %s", kind, len(m), m))
	if len(m) == 0 {
		c.CloseWith(4002, "bye")
	}
}

func (c *talker) HandleClose(err error) {
	c.end = err
	c.loop.Stop()
}
