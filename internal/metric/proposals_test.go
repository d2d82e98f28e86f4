package metric_test

import (
	"strings"
	"testing"

	"github.com/voipbin/observability/internal/metric"
)

// wanted are the metrics that a survey of exporters for Kamailio and RTPEngine found worth having, by the names that it proposed.
func wanted() []string {
	return strings.Fields(`
		kamailio_up kamailio_build_info kamailio_start_time_seconds kamailio_shm_bytes kamailio_shm_fragments kamailio_pkg_bytes kamailio_pkg_fragments
		kamailio_processes kamailio_process_up kamailio_requests_total kamailio_requests_forwarded_total kamailio_requests_dropped_total
		kamailio_requests_errors_total kamailio_replies_forwarded_total kamailio_replies_dropped_total kamailio_replies_errors_total
		kamailio_replies_received_total kamailio_replies_by_method_total kamailio_bad_requests_total kamailio_transactions_active
		kamailio_transactions_waiting kamailio_transactions_total kamailio_tm_replies_total kamailio_tm_delayed_free_total kamailio_tm_created_total
		kamailio_tm_freed_total kamailio_sl_replies_total kamailio_sl_sent_total kamailio_sl_error_total kamailio_sl_failures_total
		kamailio_tcp_connections kamailio_tcp_connections_max kamailio_tls_connections kamailio_tls_connections_max kamailio_tcp_write_queue_bytes
		kamailio_tcp_readers kamailio_tcp_established_total kamailio_tcp_passive_open_total kamailio_tcp_connect_success_total
		kamailio_tcp_connect_failed_total kamailio_tcp_local_reject_total kamailio_tcp_con_timeout_total kamailio_tcp_con_reset_total
		kamailio_tcp_send_timeout_total kamailio_tcp_sendq_full_total kamailio_tcp_connections_by_state kamailio_tls_clear_text_write_queued_bytes
		kamailio_tls_certificate_not_after_timestamp_seconds kamailio_dispatcher_target_up kamailio_dispatcher_target_state
		kamailio_dispatcher_target_weight kamailio_dispatcher_target_rweight kamailio_dispatcher_target_priority kamailio_dispatcher_target_max_load
		kamailio_dispatcher_target_dialogs kamailio_dispatcher_target_latency_seconds kamailio_dispatcher_target_timeouts_total
		kamailio_dispatcher_set_targets kamailio_dispatcher_target_overload_rate kamailio_dialogs kamailio_dialog_active kamailio_dialog_early
		kamailio_dialog_processed_total kamailio_dialog_expired_total kamailio_dialog_failed_total kamailio_dialog_profile_size
		kamailio_registrar_accepted_total kamailio_registrar_rejected_total kamailio_usrloc_users kamailio_usrloc_contacts
		kamailio_usrloc_expired_total kamailio_registered_users kamailio_htable_items kamailio_htable_slots kamailio_htable_slot_items_min
		kamailio_htable_slot_items_max kamailio_rtpengine_up kamailio_rtpengine_disabled kamailio_rtpengine_weight kamailio_rtpengine_recheck_seconds
		kamailio_rtpproxy_up kamailio_dmq_node_up kamailio_dmq_node_fail_count kamailio_dmq_node_last_notification kamailio_uac_registration_up
		kamailio_uac_registration_expires_seconds kamailio_uac_registration_state kamailio_pike_blocked_total kamailio_pike_tracked_ips
		kamailio_pipelimit_load kamailio_pipelimit_counter kamailio_mqueue_size kamailio_websocket_connections kamailio_dns_failed_requests_total
		kamailio_dns_slow_requests_total kamailio_mysql_driver_errors_total kamailio_siptrace kamailio_msilo kamailio_tsilo kamailio_sst kamailio_kafka
		kamailio_peerstate kamailio_dlgs_stats kamailio_script_events_total xhttp_prom kamailio_exporter_collector_success
		kamailio_exporter_collector_duration_seconds kamailio_udp_socket_rx_queue_bytes kamailio_udp_socket_drops_total

		rtpengine_up rtpengine_ping_seconds rtpengine_build_info rtpengine_start_time_seconds rtpengine_sessions rtpengine_sessions_by_address_family
		rtpengine_sessions_limit rtpengine_load_limit rtpengine_cpu_limit rtpengine_bandwidth_limit rtpengine_open_files_limit rtpengine_ports
		rtpengine_ports_used rtpengine_ports_free rtpengine_port_pool_usage_ratio rtpengine_sessions_total rtpengine_sessions_closed_total
		rtpengine_control_errors_total rtpengine_control_requests_total rtpengine_control_seconds_total rtpengine_packets_total rtpengine_bytes_total
		rtpengine_errors_total rtpengine_kernel_ratio rtpengine_media_streams rtpengine_transcoded_media rtpengine_transcoders
		rtpengine_transcode_packets_total rtpengine_transcode_bytes_total rtpengine_transcode_samples_total rtpengine_one_way_streams_total
		rtpengine_zero_packet_streams_total rtpengine_call_duration_seconds rtpengine_mos rtpengine_jitter rtpengine_rtt rtpengine_packetloss
		rtpengine_reported_mos_squares_total rtpengine_reported_jitter_squares_total rtpengine_interface_reported_squares_total rtpengine_stream_mos
		rtpengine_stream_jitter_seconds rtpengine_stream_packet_loss_ratio rtpengine_stream_round_trip_seconds rtpengine_rtp_lost_total
		rtpengine_rtp_duplicates_total rtpengine_rtp_skips_total rtpengine_rtp_seq_resets_total rtpengine_rtp_reordered_total
		rtpengine_interface_packets_total rtpengine_interface_bytes_total rtpengine_interface_errors_total rtpengine_poller_wakeups_total
		rtpengine_poller_items_total rtpengine_redis_allowed_errors rtpengine_redis_disabled rtpengine_foreign_sessions rtpengine_process_open_fds
		rtpengine_process_max_fds

		exporter_rpc_duration_seconds exporter_reply_bytes_total exporter_reconnects_total exporter_faults_total exporter_decode_errors_total
		exporter_last_success_timestamp_seconds`)
}

// TestWhatWasProposedIsHereOrHasAReason: each name is a family, or stands in the table of what is not, with a reason; and that table names
// nothing else, nothing twice, and only families that there are.
func TestWhatWasProposedIsHereOrHasAReason(t *testing.T) {
	t.Parallel()
	catalogue, table := metric.NewCatalogue(metric.All()), map[string]bool{}
	for _, p := range metric.Proposals() {
		if _, ok := catalogue.Lookup(p.Name); ok || table[p.Name] {
			t.Errorf("%s is in the catalogue, or in the table twice", p.Name)
		}
		table[p.Name] = true
		if !strings.HasSuffix(p.Why, ".") {
			t.Errorf("%s: %q is no sentence", p.Name, p.Why)
		}
		for _, f := range p.Families {
			if known, ok := catalogue.Lookup(f.Name); !ok || known != f {
				t.Errorf("%s: %s is not in the catalogue", p.Name, f.Name)
			}
		}
	}
	for _, name := range wanted() {
		if _, ok := catalogue.Lookup(name); !ok && !table[name] {
			t.Errorf("%s is neither in the catalogue nor among the proposals", name)
		}
		delete(table, name)
	}
	for name := range table {
		t.Errorf("%s was proposed by nobody", name)
	}
}
