package main

import (
	"io"
	"os"

	"github.com/emersion/go-smtp"
)

// A mailbox takes mail and keeps it, one file for each, synced before it is accepted, as
// examples/smtpd does.
type mailbox struct{ dir string }

func (m mailbox) NewSession(*smtp.Conn) (smtp.Session, error) { return m, nil }

func (mailbox) Reset()                               {}
func (mailbox) Logout() error                        { return nil }
func (mailbox) Mail(string, *smtp.MailOptions) error { return nil }
func (mailbox) Rcpt(string, *smtp.RcptOptions) error { return nil }

func (m mailbox) Data(r io.Reader) error {
	f, err := os.CreateTemp(m.dir, "mail")
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := io.Copy(f, r); err != nil {
		return err
	}
	return f.Sync()
}

func serveSMTP(addr string) error {
	dir, err := os.MkdirTemp(".", "mail")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	s := smtp.NewServer(mailbox{dir})
	s.Addr, s.Domain = addr, "localhost"
	return s.ListenAndServe()
}
