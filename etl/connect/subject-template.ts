import { parseTopicTemplate, type TopicTemplate } from './topic-template.ts';

/** A template of a NATS subject, such as `plant.*.{sensor}.{metric}`: what a template of an MQTT topic is, with dots, `*` and `>`. */
export function subjectTemplate(written: string): TopicTemplate {
  const parsed = parseSubjectTemplate(written);
  if (typeof parsed === 'string') throw new TypeError(parsed);
  return { filter: written, match: (subject) => parsed.match(subject.replaceAll('.', '/')) };
}

/** The template, or why it is none. */
export function parseSubjectTemplate(written: string): TopicTemplate | string {
  if (/[/+#\s]/.test(written)) return RULE;
  const parsed = parseTopicTemplate(
    written
      .split('.')
      .map((token) => ({ '*': '+', '>': '#' })[token] ?? token)
      .join('/'),
  );
  return typeof parsed === 'string' ? RULE : parsed;
}

const RULE = 'expected tokens between dots, each of them literal, * for any, {name} for any that is used by its name, or > for all that follow at the end';
