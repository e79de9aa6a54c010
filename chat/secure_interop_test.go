package chat_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/terminator"
)

// pemFiles writes a certificate and its key to files.
func pemFiles(t *testing.T, cert tls.Certificate) (certFile, keyFile string) {
	t.Helper()
	dir := t.TempDir()
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	key, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(certFile,
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Certificate[0]}), 0o600))
	require.NoError(t,
		os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}), 0o600))
	return certFile, keyFile
}

// Clients that are not Go's.
func TestForeignTLSClients(t *testing.T) {
	cert, _ := identity()
	certFile, _ := pemFiles(t, cert)
	addr, _ := serve(t, &chat.Server{TLSConfig: serverConfig(), Handler: newEcho},
		"tcp", "127.0.0.1:0")
	python := fmt.Sprintf(`
import socket, ssl, sys
ctx = ssl.create_default_context(cafile=%q)
ctx.minimum_version = ctx.maximum_version = getattr(ssl.TLSVersion, sys.argv[1])
host, port = %q.rsplit(":", 1)
with socket.create_connection((host, int(port))) as raw:
    with ctx.wrap_socket(raw, server_hostname="localhost") as s:
        s.sendall(b"hello\r\n" + b"x" * 50000 + b"\r\n")
        want, got = 50009, b""
        while len(got) < want:
            got += s.recv(65536)
        version = s.version()
        s.unwrap()
        print(got[:7], len(got), version)
`, certFile, addr)
	for _, tt := range []struct {
		program string
		args    []string
		stdin   string
		want    string
	}{
		{"openssl", []string{"s_client", "-connect", addr.String(), "-CAfile", certFile,
			"-verify_return_error", "-quiet", "-no_ign_eof", "-tls1_2"}, "hello\r\n", "hello\r\n"},
		{"openssl", []string{"s_client", "-connect", addr.String(), "-CAfile", certFile,
			"-verify_return_error", "-quiet", "-no_ign_eof", "-tls1_3"}, "hello\r\n", "hello\r\n"},
		{"python3", []string{"-c", python, "TLSv1_2"}, "", "b'hello\\r\\n' 50009 TLSv1.2\n"},
		{"python3", []string{"-c", python, "TLSv1_3"}, "", "b'hello\\r\\n' 50009 TLSv1.3\n"},
	} {
		t.Run(tt.program+" "+tt.args[len(tt.args)-1], func(t *testing.T) {
			needProgram(t, tt.program)
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			cmd := exec.CommandContext(ctx, tt.program, tt.args...)
			stdin, err := cmd.StdinPipe()
			require.NoError(t, err)
			stdout, err := cmd.StdoutPipe()
			require.NoError(t, err)
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			require.NoError(t, cmd.Start())
			io.WriteString(stdin, tt.stdin)
			got, err := bufio.NewReader(stdout).ReadString('\n')
			stdin.Close()
			if got != tt.want || err != nil {
				t.Errorf("printed %q, %v, want %q; %s", got, err, tt.want, &stderr)
			}
			io.Copy(io.Discard, stdout)
			if err := cmd.Wait(); err != nil && tt.program != "openssl" {
				t.Errorf("%v: %s", err, &stderr)
			}
		})
	}
}

// A server that is not Go's.
func TestForeignTLSServer(t *testing.T) {
	needProgram(t, "openssl")
	cert, _ := identity()
	certFile, keyFile := pemFiles(t, cert)
	probe, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	addr := probe.Addr().String()
	probe.Close()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "openssl", "s_server", "-accept", addr, "-cert", certFile,
		"-key", keyFile, "-rev")
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	defer func() {
		cmd.Process.Kill()
		cmd.Wait()
	}()
	said := bufio.NewScanner(out)
	for said.Scan() && said.Text() != "ACCEPT" {
	}
	go io.Copy(io.Discard, out)
	versions(t, func(t *testing.T, version uint16) {
		loop, err := core.New()
		require.NoError(t, err)
		defer loop.Close()
		config := clientConfig(version)
		config.ServerName = ""
		dialer := &chat.Dialer{
			TLSConfig: config, Timeout: patience, Limits: withoutClocks(chat.Limits{}),
		}
		r := &recorder{}
		r.onEvent = func(r *recorder, event string) {
			if event == "connect" {
				r.PushString("hello\n")
			}
		}
		r.onFound = func(r *recorder, line string) { r.CloseWhenDone() }
		_, err = dialer.Dial(ctx, loop, "tcp", addr, func(c *chat.Channel) chat.Handler {
			r.Channel = c
			c.SetTerminator(terminator.Line())
			return r
		})
		require.NoError(t, err)
		require.NoError(t, loop.RunUntilEmpty(ctx))
		if got := r.events(); got != `connect, "olleh", found, close <nil>` {
			t.Errorf("what happened: %s", got)
		}
	})
}

// What tls.Config can do, works: ALPN, SNI, client certificates, resumption.
func TestTLSFeatures(t *testing.T) {
	cert, pool := identity()
	config := serverConfig()
	config.NextProtos = []string{"b", "a"}
	config.ClientCAs, config.ClientAuth = pool, tls.RequireAndVerifyClientCert
	states := make(chan tls.ConnectionState, 10)
	addr, _ := serve(t, &chat.Server{TLSConfig: config, Handler: func(c *chat.Channel) chat.Handler {
		return &stateTeller{newEcho(c), states}
	}}, "tcp", "127.0.0.1:0")
	versions(t, func(t *testing.T, version uint16) {
		client := clientConfig(version)
		client.NextProtos = []string{"a", "b"}
		client.Certificates = []tls.Certificate{cert}
		client.ClientSessionCache = tls.NewLRUClientSessionCache(10)
		for i := range 2 {
			c, err := tls.Dial("tcp", addr.String(), client)
			require.NoError(t, err)
			fmt.Fprint(c, "x\r\n")
			expectText(t, bufio.NewReader(c), "x\r\n")
			state := <-states
			if state.NegotiatedProtocol != "b" || state.ServerName != "localhost" ||
				len(state.PeerCertificates) != 1 || state.DidResume != (i == 1) {
				t.Errorf("connection %d: protocol %q, name %q, %d certificates, resumed is %t", i,
					state.NegotiatedProtocol, state.ServerName, len(state.PeerCertificates), state.DidResume)
			}
			c.Close()
		}
		client.Certificates, client.ClientSessionCache = nil, nil
		c, err := tls.Dial("tcp", addr.String(), client)
		if err == nil {
			_, err = c.Read(make([]byte, 1))
			c.Close()
		}
		if err == nil {
			t.Error("a client without a certificate is served")
		}
	})
}

type stateTeller struct {
	chat.Handler
	states chan tls.ConnectionState
}

func (s *stateTeller) HandleSecured(state tls.ConnectionState) { s.states <- state }

// A renewed certificate is served without a restart; half of one is not.
func TestCertificateFiles(t *testing.T) {
	first, _ := identity()
	certFile, keyFile := pemFiles(t, first)
	if _, err := chat.CertificateFiles(certFile, certFile); err == nil {
		t.Error("files that are no pair are taken")
	}
	if _, err := chat.CertificateFiles(certFile, keyFile+"x"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
	get, err := chat.CertificateFiles(certFile, keyFile)
	require.NoError(t, err)
	serves := func(what string, want []byte) {
		t.Helper()
		if got, err := get(nil); err != nil || !bytes.Equal(got.Certificate[0], want) {
			t.Errorf("%s: another certificate is served, %v", what, err)
		}
	}
	serves("at first", first.Certificate[0])
	second := newIdentity()
	certFile2, keyFile2 := pemFiles(t, second)
	require.NoError(t, os.Rename(keyFile2, keyFile))
	serves("while only the key is there", first.Certificate[0])
	require.NoError(t, os.Rename(certFile2, certFile))
	serves("renewed", second.Certificate[0])
	require.NoError(t, os.Remove(keyFile))
	serves("without a file", second.Certificate[0])
}
