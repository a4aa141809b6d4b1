// The redline engine of the browser, in one place. Pure: values in, values out.

export * from "./acts";
export * from "./baseline";
export * from "./compose";
export * from "./decompose";
export * from "./edit";
export * from "./ranks";
export * from "./records";
export * from "./units";
export * from "./worddiff";
export { viewOf } from "./views";
export { placed, type Slot } from "./placing";
