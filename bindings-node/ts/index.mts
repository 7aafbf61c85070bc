// The package for ES modules: the same objects as for CommonJS, so that a class is one class however it is loaded.

export * from "./index.js";
