package dev.weir.examples.crawler;

import java.net.URI;
import java.time.Duration;
import java.util.List;

/** A row of the table of pages, with its links. The status is 0 if there was no answer. */
record Page(URI uri, int status, String outcome, String title, long bytes, Duration took, List<String> links) {}
