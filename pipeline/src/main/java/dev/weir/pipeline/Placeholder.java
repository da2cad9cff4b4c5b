package dev.weir.pipeline;

final class Placeholder {}
