package dev.weir.ratelimit;

final class Placeholder {}
