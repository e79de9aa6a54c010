package chat_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
)

// W20, RFC 4217: in active mode an FTP server dials the client, and is the TLS server all the same.
// The site has one file; what is stored replaces it.
type ftpSite struct {
	file   []byte
	stored chan int // its length, when it was replaced
}

func (s *ftpSite) session(v *chat.Conversation) error {
	v.Printf("220 ready\r\n")
	data := "" // where the client listens
	for {
		line, err := v.ReadLine()
		if err != nil {
			return err
		}
		verb, arg, _ := strings.Cut(line, " ")
		switch verb = strings.ToUpper(verb); verb {
		case "AUTH":
			v.Printf("234 go on\r\n")
			if err := v.StartTLS(serverConfig()); err != nil {
				return err
			}
		case "FEAT":
			v.Printf("211-has\r\n AUTH TLS\r\n PBSZ\r\n PROT\r\n SIZE\r\n EPRT\r\n211 end\r\n")
		case "USER", "PASS":
			v.Printf("230 in\r\n")
		case "PBSZ", "PROT", "TYPE", "OPTS", "CWD":
			v.Printf("200 ok\r\n")
		case "PWD":
			v.Printf("257 \"/\"\r\n")
		case "SIZE":
			v.Printf("213 %d\r\n", len(s.file))
		case "PORT":
			var a, b, c, d, high, low int
			fmt.Sscanf(arg, "%d,%d,%d,%d,%d,%d", &a, &b, &c, &d, &high, &low)
			data = fmt.Sprintf("%d.%d.%d.%d:%d", a, b, c, d, high<<8|low)
			v.Printf("200 ok\r\n")
		case "EPRT":
			part := strings.Split(arg, "|")
			data = part[2] + ":" + part[3]
			v.Printf("200 ok\r\n")
		case "LIST", "RETR", "STOR":
			v.Printf("150 coming\r\n")
			if err := s.transfer(v, verb, data); err != nil {
				v.Printf("425 %v\r\n", err)
				continue
			}
			v.Printf("226 done\r\n")
		case "QUIT":
			v.Printf("221 bye\r\n")
			return nil
		default:
			v.Printf("502 no %s\r\n", verb)
		}
	}
}

// transfer is a data connection.
func (s *ftpSite) transfer(v *chat.Conversation, verb, addr string) error {
	w, err := v.Dial("tcp", addr)
	if err != nil {
		return err
	}
	defer w.Close()
	if err := w.StartTLSServer(serverConfig()); err != nil {
		return err
	}
	switch verb {
	case "LIST":
		w.Printf("-rw-r--r-- 1 me me %d Jan  1 00:00 file\r\n", len(s.file))
	case "RETR":
		w.Write(s.file)
	case "STOR":
		if s.file, err = io.ReadAll(w); errors.Is(err, chat.ErrTruncated) {
			err = nil // some clients say no end
		}
		s.stored <- len(s.file)
		return err
	}
	if err := w.CloseWrite(); err != nil {
		return err
	}
	io.Copy(io.Discard, w) // until the client has it all
	return nil
}

// curl cannot do this before 8.0: it speaks plain text on such a connection.
func TestFTPSInActiveMode(t *testing.T) {
	needProgram(t, "lftp")
	want := bytes.Repeat([]byte("0123456789\r\n"), 20_000)
	site := &ftpSite{file: want, stored: make(chan int, 1)}
	addr, _ := serve(t, &chat.Server{Handler: chat.Converse(site.session)}, "tcp", "127.0.0.1:0")
	dir := t.TempDir()
	got, more := filepath.Join(dir, "got"), filepath.Join(dir, "more")
	require.NoError(t, os.WriteFile(more, want[:100_000], 0o600))
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	out, err := exec.CommandContext(ctx, "lftp", "-c", "set ftp:passive-mode off; "+
		"set ftp:ssl-force true; set ftp:ssl-protect-data true; set ftp:ssl-allow-anonymous true; "+
		"set ssl:verify-certificate no; set net:max-retries 1; open ftp://"+addr.String()+
		" && get file -o "+got+" && put "+more+" -o file").CombinedOutput()
	require.NoError(t, err, "%s", out)
	content, err := os.ReadFile(got)
	require.NoError(t, err)
	require.True(t, bytes.Equal(want, content), "%d bytes, want %d", len(content), len(want))
	require.Equal(t, 100_000, <-site.stored)
}
