//go:build unix || windows

package chat_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/textproto"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
)

// serveFTP runs a server that has one file, 3 MiB of all bytes.
func serveFTP(t *testing.T) (s *ftpServer, addr net.Addr, content string) {
	t.Helper()
	random := make([]byte, 3<<20)
	rand.NewChaCha8([32]byte{1}).Read(random)
	s = &ftpServer{}
	s.files.Store("down", string(random))
	addr, _ = serve(t, &chat.Server{Handler: s.newSession}, "tcp", "127.0.0.1:0")
	return s, addr, string(random)
}

func (s *ftpServer) expect(t *testing.T, name, content string) {
	t.Helper()
	if got, _ := s.files.Load(name); got != content {
		t.Errorf("%s is %d bytes, not the %d that were sent", name, len(fmt.Sprint(got)), len(content))
	}
}

// M19: the data ports of FTP are listeners for one connection, whether that comes before or behind
// the command that needs it, one after the other in a session.
func TestDataPorts(t *testing.T) {
	s, addr, content := serveFTP(t)
	conn := dial(t, addr)
	c := textproto.NewConn(conn)
	reply := func(code int) string {
		t.Helper()
		_, text, err := c.ReadResponse(code)
		require.NoError(t, err)
		return text
	}
	port := func() net.Conn {
		c.PrintfLine("EPSV")
		var port int
		_, err := fmt.Sscanf(reply(229), "here (|||%d|)", &port)
		require.NoError(t, err)
		return dial(t, &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
	}
	reply(220)
	for _, early := range []bool{false, true} {
		var data net.Conn
		if early {
			data = port()
			c.PrintfLine("RETR down")
		} else {
			c.PrintfLine("RETR down")
			reply(425)
			c.PrintfLine("PASV")
			var p, q int
			_, err := fmt.Sscanf(reply(227), "here (127,0,0,1,%d,%d)", &p, &q)
			require.NoError(t, err)
			c.PrintfLine("RETR down")
			data = dial(t, &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: p<<8 + q})
		}
		reply(150)
		got, err := io.ReadAll(data)
		require.NoError(t, err)
		require.True(t, string(got) == content, "%d bytes came", len(got))
		data.Close()
		reply(226)
		_, err = net.Dial("tcp", data.RemoteAddr().String())
		require.Error(t, err, "the port is open behind its connection")
	}
	data := port()
	c.PrintfLine("STOR up")
	reply(150)
	io.Copy(data, strings.NewReader(content))
	data.Close()
	reply(226)
	s.expect(t, "up", content)
	port() // nothing comes of it
	c.PrintfLine("QUIT")
	reply(221)
}

// M19: curl and lftp load down and up, by EPSV and by PASV.
func TestRealFTPClients(t *testing.T) {
	for _, passive := range []string{"EPSV", "PASV"} {
		curl := []string{"-sS", "-m", "100"}
		if passive == "PASV" {
			curl = append(curl, "--disable-epsv")
		}
		lftp := fmt.Sprintf("set ftp:prefer-epsv %t; set ftp:ssl-allow no; set net:max-retries 1; "+
			"set cmd:fail-exit yes; open ftp://%%s; get down -o %%s; put %%s -o up", passive == "EPSV")
		t.Run("curl "+passive, func(t *testing.T) {
			needProgram(t, "curl")
			testFTPClient(t, func(addr, to, from string) []*exec.Cmd {
				return []*exec.Cmd{
					exec.Command("curl", append(curl, "ftp://"+addr+"/down", "-o", to)...),
					exec.Command("curl", append(curl, "ftp://"+addr+"/up", "-T", from)...),
				}
			})
		})
		t.Run("lftp "+passive, func(t *testing.T) {
			needProgram(t, "lftp")
			testFTPClient(t, func(addr, to, from string) []*exec.Cmd {
				return []*exec.Cmd{
					exec.Command("lftp", "--norc", "-c", fmt.Sprintf(lftp, addr, to, from))}
			})
		})
	}
}

// testFTPClient has a client load the server's file down, and another one up.
func testFTPClient(t *testing.T, load func(addr, to, from string) []*exec.Cmd) {
	s, addr, content := serveFTP(t)
	from, to := filepath.Join(t.TempDir(), "from"), filepath.Join(t.TempDir(), "to")
	require.NoError(t, os.WriteFile(from, []byte("up"+content), 0o600))
	for _, cmd := range load(addr.String(), to, from) {
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", cmd, err, out)
		}
	}
	got, err := os.ReadFile(to)
	if err != nil || string(got) != content {
		t.Errorf("%d bytes came, %v; want the %d of the file", len(got), err, len(content))
	}
	s.expect(t, "up", "up"+content)
}
