/** Stands in for xmlbuilder2 (see vite.config.ts): vtk.js imports it for file formats this viewer never opens. */
export function create(): never {
  throw new Error('XML is not read here');
}
