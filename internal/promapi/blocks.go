package promapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// ErrNoBlocks is wrapped by the error of Blocks for a server that does not list them: one older than Prometheus 3.6, or another
// program.
var ErrNoBlocks = errors.New("the server does not list its blocks: Prometheus does since 3.6")

// Block is a block of samples that the server has loaded.
type Block struct {
	ID string
	// From and To are the times of its samples.
	From, To time.Time
}

// Blocks lists the blocks that the server has loaded.
func (c *Client) Blocks(ctx context.Context) ([]Block, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+"/api/v1/status/tsdb/blocks", nil)
	if err != nil {
		return nil, err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("prometheus: %w", err)
	}
	defer resp.Body.Close()
	switch {
	case resp.StatusCode == http.StatusNotFound:
		return nil, fmt.Errorf("prometheus: %w", ErrNoBlocks)
	case resp.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("prometheus blocks: %s", resp.Status)
	}
	var answer struct {
		Data struct {
			Blocks []struct {
				ULID             string
				MinTime, MaxTime int64 // milliseconds
			}
		}
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return nil, fmt.Errorf("prometheus blocks: %w", err)
	}
	blocks := make([]Block, len(answer.Data.Blocks))
	for i, b := range answer.Data.Blocks {
		blocks[i] = Block{ID: b.ULID, From: time.UnixMilli(b.MinTime), To: time.UnixMilli(b.MaxTime)}
	}
	return blocks, nil
}
