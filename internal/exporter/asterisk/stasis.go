package asterisk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/metric"
)

// mostARI is how many bytes of an answer of ARI are read: an application with 10,000 channels has some 400 kB.
const mostARI = 8 << 20

var errNoARI = errors.New("no address of ARI: --asterisk.ari")

// ari asks the REST interface. It never opens its WebSocket, which would take the events of an application away from the program that is
// connected as it.
type ari struct {
	client      transport
	base        string
	credentials exporter.Credentials
}

// newARI reads the address; nil is for none.
func newARI(o Options, host string) (*ari, error) {
	if o.ARI == "" {
		return nil, nil // none is no error
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	base := strings.TrimSuffix(strings.ReplaceAll(o.ARI, "{host}", host), "/")
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("address of ARI: want http://host:port/ari, in which {host} may stand for Asterisk's host, and no user in it")
	}
	c := o.ARICredentials
	if c == (exporter.Credentials{}) {
		c = o.Credentials
	}
	way := http.DefaultTransport.(*http.Transport).Clone()
	way.Proxy, way.TLSClientConfig = nil, o.TLS
	return &ari{
		client: &http.Client{Transport: way, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
		base:   base, credentials: c,
	}, nil
}

// application is one of the list of ARI.
type application struct {
	Name     string   `json:"name"`
	Channels []string `json:"channel_ids"`
	Bridges  []string `json:"bridge_ids"`
}

// applications lists the Stasis applications that somebody is connected as.
func (a *ari) applications(ctx context.Context) ([]application, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, a.base+"/applications", http.NoBody)
	if err != nil {
		return nil, err
	}
	password, err := a.credentials.Password()
	if err != nil {
		return nil, err
	}
	req.SetBasicAuth(a.credentials.Username, password)
	resp, err := a.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, mostARI+1))
	switch {
	case err != nil:
		return nil, err
	case resp.StatusCode == http.StatusNotFound:
		return nil, exporter.Absent(errors.New("ARI: 404: the module res_ari_applications is not loaded, or the address is another's"))
	case resp.StatusCode != http.StatusOK:
		return nil, exporter.Failed(exporter.OutcomeFault, fmt.Errorf("ARI: status %d", resp.StatusCode))
	case len(body) > mostARI:
		return nil, exporter.Failed(exporter.OutcomeDecode, errors.New("ARI: answer longer than is read"))
	}
	var list []application
	if err := json.Unmarshal(body, &list); err != nil {
		return nil, exporter.Failed(exporter.OutcomeDecode, errors.New("ARI: applications: not the JSON that is due"))
	}
	return list, nil
}

// stasis reads whether the programs that handle calls are connected.
type stasis struct {
	ari    *ari
	wanted []string
}

// Name is that of the collector in its flag and in its outcome: stasis.
func (stasis) Name() string { return "stasis" }

// Scrape asks ARI for the applications (GET /applications).
func (s stasis) Scrape(ctx context.Context, b *emit.Batch) error {
	if s.ari == nil {
		return exporter.Disabled(errNoARI)
	}
	list, err := s.ari.applications(ctx)
	if err != nil {
		return err
	}
	for _, name := range s.wanted {
		if !slices.ContainsFunc(list, func(a application) bool { return a.Name == name }) {
			b.Add(metric.AsteriskAppRegistered, 0, name)
		}
	}
	for _, a := range list {
		b.Add(metric.AsteriskAppRegistered, 1, a.Name)
		b.Add(metric.AsteriskAppChannels, float64(len(a.Channels)), a.Name)
		b.Add(metric.AsteriskAppBridges, float64(len(a.Bridges)), a.Name)
	}
	if len(list) == 0 {
		return exporter.Empty(nil)
	}
	return nil
}
