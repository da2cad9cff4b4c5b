package dev.weir.retry;

final class Placeholder {}
