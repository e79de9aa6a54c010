package main

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/go-asynchat/asynchat/bench/internal/raw"
)

// filesWorkload serves files, with wrk as the load.
func filesWorkload() *workload {
	return &workload{
		name: "files", title: "Files over HTTP", unit: "file", reference: []string{"nginx", "net/http"},
		needs: []string{"wrk"}, metrics: []string{"rate", "cpu", "p99"}, seconds: 1.4,
		about: "wrk with 100 connections that are kept alive. One file of each server is compared byte " +
			"for byte before. nginx has one process, sendfile and no access log; net/http is " +
			"http.FileServer.",
		subjects: []subject{
			{name: "nginx", command: "{nginx} -e stderr -c {dir}/config", config: nginxConf},
			{name: ours, command: "{httpd} -root {dir}/files -addr {addr}"},
			{name: "net/http", command: "{serve} -kind net-http -addr {addr}"},
		},
		cells: []cell{
			{name: "1 KiB", file: "small", size: 1 << 10, conns: 100, quick: true},
			{name: "1 MiB", file: "large", size: 1 << 20, conns: 100},
		},
		prepare: func(b *bench, _ *workload, c *cell) error { return b.makeFile(c) },
		measure: (*bench).measureFiles,
	}
}

const nginxConf = `daemon off; master_process off; error_log stderr; pid {dir}/nginx.pid;
worker_rlimit_nofile 4096;
events { worker_connections 2048; }
http {
	access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000;
	default_type application/octet-stream;
	client_body_temp_path {dir}/tmp; proxy_temp_path {dir}/tmp; fastcgi_temp_path {dir}/tmp;
	uwsgi_temp_path {dir}/tmp; scgi_temp_path {dir}/tmp;
	server { listen {addr}; root {dir}/files; }
}
`

func (b *bench) folder() string { return filepath.Join(b.dir, "files") }

func (b *bench) makeFile(c *cell) error {
	if err := os.MkdirAll(b.folder(), 0o777); err != nil {
		return err
	}
	r := rand.New(rand.NewPCG(1, 2))
	data := make([]byte, c.size)
	for i := range data {
		data[i] = byte(r.Uint32())
	}
	return os.WriteFile(filepath.Join(b.folder(), c.file), data, 0o666)
}

func (b *bench) measureFiles(s subject, c *cell) (values, error) {
	v, err := b.serve(s, b.serverCore, b.folder())
	if err != nil {
		return nil, err
	}
	defer v.end()
	url := "http://" + v.addr + "/" + c.file
	if err := b.compare(url, c.file); err != nil {
		return nil, err
	}
	pid := v.Process.Pid
	before, err := raw.CPU(pid)
	if err != nil {
		return nil, err
	}
	seconds := strconv.Itoa(max(1, int(b.flags.length.Round(time.Second).Seconds()))) + "s"
	var out bytes.Buffer
	p, err := b.start(b.loadCore, "", []string{b.tools.Path["wrk"],
		"-t1", "-c" + strconv.Itoa(c.conns), "-d" + seconds, "--latency", url},
		func(cmd *exec.Cmd) { cmd.Stdout = &out })
	if err != nil {
		return nil, err
	}
	err = p.Wait()
	b.ended += p.ProcessState.UserTime() + p.ProcessState.SystemTime()
	if err != nil {
		return nil, fmt.Errorf("wrk: %w: %s", err, &p.says)
	}
	after, err := raw.CPU(pid)
	if err != nil {
		return nil, err
	}
	w, err := parseWrk(out.String())
	if err != nil {
		return nil, err
	}
	return values{"rate": w.rate, "cpu": float64(after-before) / w.requests, "p50": w.p50,
		"p99": w.p99}, nil
}

// compare gets the file once and looks whether it is the right one.
func (b *bench) compare(url, file string) error {
	want, err := os.ReadFile(filepath.Join(b.folder(), file))
	if err != nil {
		return err
	}
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Get(url)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK || !bytes.Equal(got, want) {
		return fmt.Errorf("%s is not the file: %s, %d bytes", url, resp.Status, len(got))
	}
	return nil
}

// wrk is what the program of that name says.
type wrk struct{ rate, requests, p50, p99 float64 } // times in nanoseconds

func parseWrk(text string) (w wrk, err error) {
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		switch {
		case strings.Contains(line, "Socket errors") || strings.Contains(line, "Non-2xx"):
			return w, fmt.Errorf("wrk: %s", strings.TrimSpace(line))
		case len(f) == 2 && f[0] == "50%":
			w.p50, err = nanoseconds(f[1])
		case len(f) == 2 && f[0] == "99%":
			w.p99, err = nanoseconds(f[1])
		case len(f) == 2 && f[0] == "Requests/sec:":
			w.rate, err = strconv.ParseFloat(f[1], 64)
		case len(f) > 2 && f[1] == "requests" && f[2] == "in":
			w.requests, err = strconv.ParseFloat(f[0], 64)
		}
		if err != nil {
			return w, fmt.Errorf("wrk: %q: %w", line, err)
		}
	}
	if w.rate == 0 || w.requests == 0 {
		return w, fmt.Errorf("wrk: no figures in %q", text)
	}
	return w, nil
}

func nanoseconds(s string) (float64, error) {
	d, err := time.ParseDuration(s)
	return float64(d), err
}
