package lab

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/voipbin/observability/internal/lab/chromium"
	"github.com/voipbin/observability/internal/lab/database"
	"github.com/voipbin/observability/internal/lab/npm"
	"github.com/voipbin/observability/internal/lab/pkgtree"
	"github.com/voipbin/observability/internal/rto/mysql"
)

// RabbitMQ says which packages hold the broker; bookworm has 3.10, with the management interface among its plugins.
func RabbitMQ() pkgtree.Request {
	return pkgtree.Request{Name: "rabbitmq", Packages: []string{"rabbitmq-server"}}
}

// NewerRabbitMQ says which packages hold a broker of version 4, which has no mirrored queues and counts acknowledgements per queue.
func NewerRabbitMQ() pkgtree.Request {
	return pkgtree.Request{Name: "rabbitmq", Packages: []string{"rabbitmq-server"}, Suite: "trixie", AllowExpired: true}
}

// ForeignExporters says which packages hold the exporters of others that the catalogue has entries of.
func ForeignExporters() pkgtree.Request {
	return pkgtree.Request{
		Name: "exporters", Suite: "trixie", AllowExpired: true,
		Packages: []string{"prometheus-node-exporter", "prometheus-mysqld-exporter", "prometheus-redis-exporter", "prometheus-blackbox-exporter"},
	}
}

// SetupTests obtains a laboratory, and what tests need besides: a browser, an older Asterisk, a Kamailio with TLS and WebSockets, MariaDB, MySQL,
// Redis, two versions of RabbitMQ and the exporters of others. What is not to be had is told and no error, for the tests of it skip themselves;
// but not those of pages, so that a browser has to be had. Getenv is the environment's.
//
// Packages mostly wait for the network and programs for the compiler, so that the one is done beside the other.
func SetupTests(ctx context.Context, o Options, getenv func(string) string) error {
	beside := begin(ctx, packagesOfTests(o, getenv))
	defer beside.stop()
	if _, err := Setup(ctx, o); err != nil {
		return err
	}
	for _, made := range []struct {
		what   string
		obtain func(context.Context, Options) (string, error)
	}{{"held to Grafana's types", TSC}, {"drawn", Page}} {
		if _, err := made.obtain(ctx, o); errors.Is(err, pkgtree.ErrNoNetwork) || errors.Is(err, npm.ErrNoNetwork) {
			o.Steps.Note("   boards are not %s: %v", made.what, err)
		} else if err != nil {
			return err
		}
	}
	return o.Steps.Do("packages for tests, begun before", func(detail func(string)) error {
		return beside.wait(detail, func(title string, err error) {
			o.Steps.Note("   tests of %s will skip themselves: %v", title, err)
		})
	})
}

// packagesOfTests are those that a laboratory does not have, the largest first.
func packagesOfTests(o Options, getenv func(string) string) []job {
	jobs := []job{{title: "chromium and fonts", must: true, do: func(ctx context.Context, detail func(string)) error {
		if _, err := chromium.Obtain(ctx, getenv, o.trees(), detail); err != nil {
			return fmt.Errorf("%w: install chromium, or name one in %s", err, chromium.Variable)
		}
		return nil
	}}}
	for _, req := range []pkgtree.Request{
		database.Request(mysql.MySQL, ""),
		{Name: "rtpengine", Packages: []string{"rtpengine-daemon"}},
		{Name: "asterisk", Packages: []string{"asterisk", "asterisk-modules"}, Suite: "bullseye", AllowExpired: true},
		RabbitMQ(), NewerRabbitMQ(),
		{Name: "kamailio-tls", Packages: []string{"kamailio", "kamailio-tls-modules", "kamailio-websocket-modules"}},
		database.Request(mysql.MariaDB, ""),
		ForeignExporters(),
		{Name: "redis", Packages: []string{"redis-server"}},
		{Name: "asterisk", Packages: []string{"asterisk", "asterisk-modules"}, Suite: "sid", AllowExpired: true},
	} {
		jobs = append(jobs, job{title: req.Name + " " + cmp.Or(req.Suite, "of this suite"), do: func(ctx context.Context, detail func(string)) error {
			_, err := pkgtree.Ensure(ctx, req, o.trees(), detail)
			return err
		}})
	}
	return jobs
}
