package platform

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"path"
	"time"

	"github.com/voipbin/observability/internal/exporter"
)

// The bounds of a listing: bytes a page, and pages, each of 1,000 objects at most.
const (
	listingBytes = 4 << 20
	listingPages = 100
)

// listing is a page of a bucket's listing, as the XML interfaces of Cloud Storage and S3 write it.
type listing struct {
	XMLName   xml.Name `xml:"ListBucketResult"`
	Truncated bool     `xml:"IsTruncated"`
	// Next is where the next page begins: the first in S3's version 2, the second in version 1 and in Cloud Storage.
	NextToken  string `xml:"NextContinuationToken"`
	NextMarker string `xml:"NextMarker"`
	Contents   []struct {
		Key          string    `xml:"Key"`
		LastModified time.Time `xml:"LastModified"`
		Size         float64   `xml:"Size"`
	} `xml:"Contents"`
}

// inBucket looks at the objects of a bucket, those that the address's query lets through.
func (k *backup) inBucket(ctx context.Context) (found, error) {
	var f found
	page := *k.url
	for range listingPages {
		_, body, err := k.web.ask(ctx, http.MethodGet, page.String(), listingBytes)
		if err != nil {
			return found{}, answered(err)
		}
		var l listing
		if err := xml.Unmarshal(body, &l); err != nil {
			return found{}, exporter.Failed(exporter.OutcomeDecode, errors.New("the answer is not the listing of a bucket"))
		}
		for _, object := range l.Contents {
			if ok, _ := path.Match(k.Module.Files, path.Base(object.Key)); ok {
				f.add(object.LastModified, &object.Size)
			}
		}
		if !l.Truncated {
			return f, nil
		}
		query := page.Query()
		switch {
		case l.NextToken != "":
			query.Set("continuation-token", l.NextToken)
		case l.NextMarker != "":
			query.Set("marker", l.NextMarker)
		default:
			return found{}, exporter.Failed(exporter.OutcomeDecode, errors.New("the listing is cut and does not say where it goes on"))
		}
		page.RawQuery = query.Encode()
	}
	return found{}, exporter.Failed(exporter.OutcomeFault, fmt.Errorf("more than %d pages of objects: name a prefix in the address", listingPages))
}
