package main

import (
	"io"
	"os"
	"path/filepath"

	"github.com/emersion/go-smtp"
)

// A mailbox keeps mail as examples/smtpd does, in a Maildir: a message is accepted when its content
// and then its name in new are on the disk.
type mailbox struct{ dir string }

func (m mailbox) NewSession(*smtp.Conn) (smtp.Session, error) { return m, nil }

func (mailbox) Reset()                               {}
func (mailbox) Logout() error                        { return nil }
func (mailbox) Mail(string, *smtp.MailOptions) error { return nil }
func (mailbox) Rcpt(string, *smtp.RcptOptions) error { return nil }

func (m mailbox) Data(r io.Reader) error {
	name, err := m.write(r)
	if err != nil {
		return err
	}
	folder := filepath.Join(m.dir, "new")
	if err := os.Rename(name, filepath.Join(folder, filepath.Base(name))); err != nil {
		return err
	}
	f, err := os.Open(folder)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}

// write writes a message to tmp, and has its content on the disk when it returns.
func (m mailbox) write(r io.Reader) (name string, err error) {
	f, err := os.CreateTemp(filepath.Join(m.dir, "tmp"), "")
	if err != nil {
		return "", err
	}
	defer f.Close()
	if _, err := io.Copy(f, r); err != nil {
		return "", err
	}
	return f.Name(), f.Sync()
}

func serveSMTP(addr string) error {
	dir, err := os.MkdirTemp(".", "mail")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	for _, sub := range []string{"tmp", "new"} {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o700); err != nil {
			return err
		}
	}
	s := smtp.NewServer(mailbox{dir})
	s.Addr, s.Domain = addr, "localhost"
	return s.ListenAndServe()
}
