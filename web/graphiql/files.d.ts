declare module '*.graphql' {
  const text: string;

  // biome-ignore lint/style/noDefaultExport: this is how esbuild hands over a text.
  export default text;
}
declare module '*.css';
