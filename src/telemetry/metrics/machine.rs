//! Memory, processor, files and certificate.

use super::series::{Series, set};
use crate::domain::time::Timestamp;
use crate::platform::locks::lock;
use crate::platform::process::ProcessUsage;
use prometheus::{Counter, IntCounter, IntGauge};
use std::sync::Mutex;

/// All series of the process and the machine around it.
#[derive(Debug)]
pub struct MachineSeries {
    resident: IntGauge,
    virtual_size: IntGauge,
    cpu: Counter,
    open_files: IntGauge,
    threads: IntGauge,
    store_file: IntGauge,
    disk_free: IntGauge,
    certificate_expiry: IntGauge,
    authority_expiry: IntGauge,
    /// Jobs work for the whole appliance, which is the tenant `system`.
    job_retries: IntCounter,
    panics: IntCounter,
    /// Held while the process is read: the processor counter takes differences, which must not be added twice.
    refresh: Mutex<()>,
}

impl MachineSeries {
    pub(super) fn new(series: &Series<'_>, started_at: Timestamp) -> Self {
        let version = env!("CARGO_PKG_VERSION");
        series
            .gauges("build_info", "Always 1; the version is in the label.", &["version"])
            .with_label_values(&[version])
            .set(1);
        set(
            &series.gauge("process_start_time_seconds", "Start of the process since 1970."),
            started_at.as_seconds(),
        );
        Self {
            resident: series.gauge("process_resident_memory_bytes", "Resident memory."),
            virtual_size: series.gauge("process_virtual_memory_bytes", "Virtual memory."),
            cpu: series.fraction_counter("process_cpu_seconds_total", "Processor time used."),
            open_files: series.gauge("process_open_fds", "Open file descriptors."),
            threads: series.gauge("process_threads", "Threads."),
            store_file: series.gauge("store_file_bytes", "Size of the database file."),
            disk_free: series.gauge("disk_free_bytes", "Free space on the data directory's disk."),
            certificate_expiry: series.gauge(
                "tls_certificate_expiry_timestamp_seconds",
                "End of the server certificate's validity since 1970; 0 without TLS.",
            ),
            authority_expiry: series.gauge(
                "tls_authority_expiry_timestamp_seconds",
                "End of the own authority's validity since 1970; 0 without one.",
            ),
            job_retries: series
                .counters(
                    "retry_attempts_total",
                    "Repeated attempts, after one that failed.",
                    &["tenant", "service"],
                )
                .with_label_values(&["system", "jobs"]),
            panics: series.counter("panics_total", "Panics in any thread."),
            refresh: Mutex::new(()),
        }
    }

    pub(super) fn refresh(&self) {
        let _alone = lock(&self.refresh);
        let usage = ProcessUsage::read();
        set(&self.resident, usage.resident_bytes);
        set(&self.virtual_size, usage.virtual_bytes);
        set(&self.open_files, usage.open_files);
        set(&self.threads, usage.threads);
        self.cpu.inc_by((usage.cpu_time.as_secs_f64() - self.cpu.get()).max(0.0));
    }

    /// Notes the size of the database file and the free space on its disk.
    pub fn store_measured(&self, file_bytes: u64, free_bytes: u64) {
        set(&self.store_file, file_bytes);
        set(&self.disk_free, free_bytes);
    }

    /// Returns the free bytes of the data directory's disk as last measured; none before.
    pub fn disk_free_bytes(&self) -> Option<u64> {
        u64::try_from(self.disk_free.get()).ok().filter(|_free| self.store_file.get() > 0)
    }

    /// Notes when the certificate in use ends.
    pub fn certificate_expires(&self, at: Timestamp) {
        set(&self.certificate_expiry, at.as_seconds());
    }

    /// Notes when the own authority ends.
    pub fn authority_expires(&self, at: Timestamp) {
        set(&self.authority_expiry, at.as_seconds());
    }

    /// Counts a panic.
    pub fn panicked(&self) {
        self.panics.inc();
    }

    /// Counts a repeated run of a job.
    pub fn job_retried(&self) {
        self.job_retries.inc();
    }

    pub(super) fn panics(&self) -> u64 {
        self.panics.get()
    }
}
