//go:build unix || windows

package chat_test

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
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
