//go:build unix

package examples

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Mailers that others have written find STARTTLS and AUTH by themselves, and send.
func TestSMTPLogin(t *testing.T) {
	t.Parallel()
	if !foreign {
		t.Skip("runs only with ASYNCHAT_FOREIGN=1")
	}
	const name, password = "kong", "ba:na na"
	file := filepath.Join(t.TempDir(), "users")
	require.NoError(t, os.WriteFile(file, []byte(name+":"+password+"\n"), 0o600))
	n := scaled(1000)
	for client, run := range map[string]func(t *testing.T, m *mailServer, args ...string){
		"nodemailer": func(t *testing.T, _ *mailServer, args ...string) {
			nodeClient(t, "nodemailer@10", "nodemailer.js", args...)
		},
		"smtplib": func(t *testing.T, _ *mailServer, args ...string) {
			pythonClient(t, "smtplib", "smtplib-login.py", args...)
		},
		"swaks": sendWithSwaks,
	} {
		t.Run(client, func(t *testing.T) {
			m := startMail(t, "-users", file)
			run(t, m, m.host, m.port, name, password, strconv.Itoa(n))
			if client == "swaks" {
				require.Len(t, m.stored(t), 2)
			} else {
				require.Len(t, m.stored(t), n)
			}
		})
	}
}

func sendWithSwaks(t *testing.T, m *mailServer, args ...string) {
	need(t, "swaks")
	swaks := func(more ...string) (string, error) {
		out, err := command(t, nil, lookUp(t, "swaks"), append([]string{"--server", m.host,
			"--port", m.port, "--to", "a@example.com", "--from", "c@example.com"},
			more...)...).CombinedOutput()
		return string(out), err
	}
	for _, how := range []string{"PLAIN", "LOGIN"} {
		out, err := swaks("--tls", "--auth", how, "--auth-user", args[2], "--auth-password", args[3])
		require.NoError(t, err, "%s", out)
		out, err = swaks("--tls", "--auth", how, "--auth-user", args[2], "--auth-password", "x")
		require.Error(t, err)
		require.True(t, strings.Contains(out, "535 5.7.8"), "%s", out)
	}
	out, err := swaks("--auth", "PLAIN", "--auth-user", args[2], "--auth-password", args[3])
	require.Error(t, err, "%s", out) // without TLS
}
