import { z } from "zod";

const words = (max: number) => z.string().min(1).max(max);
const Colour = z.string().regex(/^#[0-9a-fA-F]{6}$/, "must be a colour such as #1f2937");
const Link = words(2000).describe("An address with its scheme, or a variable that has one: {shop_url}.");
const Align = z.enum(["left", "center", "right"]);
const when = z
  .string()
  .min(1)
  .max(300)
  .regex(/^[^%{}]*$/, "must be a condition of Liquid without braces, such as city == 'Cali'")
  .optional()
  .describe("Who gets it: a condition of Liquid, such as city == 'Cali'.");

const Text = z
  .strictObject({
    type: z.literal("text"),
    text: words(20_000).optional().describe("Plain text; an empty line begins a paragraph."),
    html: words(20_000)
      .optional()
      .describe("Instead of text: p, br, strong, em, b, i, u, s, a, ul, ol, li, h1 to h3, blockquote."),
    align: Align.optional(),
    size: z.int().min(10).max(60).optional(),
    color: Colour.optional(),
    when,
  })
  .refine(
    ({ text, html }) => (text === undefined) !== (html === undefined),
    "needs exactly one of text and html",
  );

const Image = z.strictObject({
  type: z.literal("image"),
  src: Link,
  alt: z.string().max(300).describe("For those who see no pictures; empty where it is an ornament."),
  link: Link.optional(),
  width: z.int().min(1).max(600).optional(),
  align: Align.optional(),
  when,
});

const Button = z.strictObject({
  type: z.literal("button"),
  text: words(100),
  url: Link,
  color: Colour.optional().describe("Of its face."),
  text_color: Colour.optional(),
  align: Align.optional(),
  when,
});

const Product = z.strictObject({
  type: z.literal("product"),
  name: words(200),
  price: words(50).optional(),
  description: words(1000).optional(),
  image: Link.optional(),
  url: Link.optional(),
  button: words(100).optional().describe("What the button to url says."),
  when,
});

const Divider = z.strictObject({ type: z.literal("divider"), when });

/** What may stand in a column. */
const Inner = z.discriminatedUnion("type", [Text, Image, Button, Product, Divider]);

const Columns = z.strictObject({
  type: z.literal("columns"),
  columns: z
    .array(z.array(Inner).min(1).max(20))
    .min(2)
    .max(4)
    .describe("Beside each other where there is room, else below."),
  when,
});

const Header = z
  .strictObject({
    type: z.literal("header"),
    logo: Link.optional(),
    logo_alt: words(200).optional(),
    logo_width: z.int().min(16).max(600).optional(),
    title: words(200).optional(),
    link: Link.optional(),
    background: Colour.optional(),
    color: Colour.optional(),
    when,
  })
  .refine(({ logo, title }) => logo !== undefined || title !== undefined, "needs a logo or a title");

const Footer = z.strictObject({
  type: z.literal("footer"),
  text: words(1000).optional().describe("Why one gets this, or who sends it."),
  unsubscribe: words(100)
    .optional()
    .describe("What the link says that everybody must find; by default in the person's language."),
  preferences: words(100).optional(),
  links: z
    .array(z.strictObject({ text: words(100), url: Link }))
    .max(8)
    .optional(),
});

/** One part of a mail as a visual builder edits it. Texts have variables and Liquid as everywhere. */
export const Block = z.discriminatedUnion("type", [
  Header,
  Text,
  Image,
  Button,
  Columns,
  Product,
  Divider,
  Footer,
]);
export type Block = z.infer<typeof Block>;
export type InnerBlock = z.infer<typeof Inner>;

export const Blocks = z
  .array(Block)
  .min(1)
  .max(100)
  .refine((blocks) => blocks.filter(({ type }) => type === "footer").length <= 1, "has more than one footer");

export const Theme = z.strictObject({
  background: Colour.default("#f3f4f6"),
  surface: Colour.default("#ffffff").describe("What the blocks stand on."),
  text: Colour.default("#1f2937"),
  accent: Colour.default("#0f766e").describe("Of buttons and links."),
  font: z.enum(["sans", "serif"]).default("sans"),
});
/** What is left out is as we find it good. */
export type Theme = z.infer<typeof Theme>;
