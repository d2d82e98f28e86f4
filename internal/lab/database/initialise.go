package database

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/lab/pkgtree"
	"github.com/voipbin/observability/internal/rto/mysql"
)

// startWithin and initialiseWithin bound a start (with crash recovery) and the making of a data folder: MySQL needs some five seconds for
// it where nothing else runs.
const (
	startWithin      = 90 * time.Second
	initialiseWithin = 3 * time.Minute
)

func itoa(n int) string { return strconv.Itoa(n) }

func (c Config) address() string { return net.JoinHostPort("127.0.0.1", itoa(c.Port)) }

// initialise makes the data folder of a server whose root has no password and gets in by the socket only.
func (p *Program) initialise(ctx context.Context, c Config, tree string) error {
	ctx, cancel := context.WithTimeout(ctx, initialiseWithin)
	defer cancel()
	if err := os.MkdirAll(c.data(), 0o700); err != nil {
		return err
	}
	args, input := append(p.basic(c), "--initialize-insecure"), ""
	if p.Flavour == mysql.MariaDB {
		if err := os.MkdirAll(filepath.Join(c.data(), "mysql"), 0o700); err != nil {
			return err
		}
		var err error
		if input, err = systemTables(filepath.Join(tree, p.share())); err != nil {
			return err
		}
		args = append(p.basic(c), "--bootstrap", "--log-warnings=0", "--enforce-storage-engine=")
	}
	cmd, err := p.command(ctx, c, args...)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(input), &out, &out
	if err := cmd.Start(); err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { _ = cmd.Process.Kill() })
	defer stop()
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("make the data folder of %s: %w: %s", p.Flavour, err, lastLine(out.String()))
	}
	return nil
}

// systemTables is what mariadb-install-db, a shell script, would feed to the server: the same files in the same order. Their names are
// those of before and since MariaDB 11.
func systemTables(share string) (string, error) {
	text := []string{"CREATE DATABASE IF NOT EXISTS mysql;\nUSE mysql;\nSET @auth_root_socket=NULL;\n"}
	for _, name := range []string{"_system_tables.sql", "_performance_tables.sql", "_system_tables_data.sql"} {
		b, err := os.ReadFile(filepath.Join(share, "mariadb"+name))
		if os.IsNotExist(err) {
			b, err = os.ReadFile(filepath.Join(share, "mysql"+name))
		}
		if err != nil {
			return "", err
		}
		text = append(text, string(b))
	}
	return strings.Join(text, "\n"), nil
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}

// treeRoot is where a tree lies on this host, whatever way its programs are run.
func treeRoot(ctx context.Context, req pkgtree.Request, trees string) (string, error) {
	tree, err := pkgtree.Ensure(ctx, req, trees, nil)
	if err != nil {
		return "", err
	}
	return tree.Root, nil
}
