// The files of local policy, for reading: they are changed in the console, by the command line, by git or an editor.

import { SegmentedControl, Stack, Text } from '@mantine/core';
import { usePolicy } from '../../api/policy.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { YamlBlock } from '../../parts/yaml-block.tsx';
import { useParam } from '../../state/use-url.ts';

const FILES: Readonly<Record<string, string>> = {
  'approved.yml': 'Approved servers, and portals of our own.',
  'modes.yml': 'What happens on a match, blocked servers, and the pause.',
  'exceptions.yml': 'Dated ways out of a block.',
  'groups.yml': 'Groups of people beside those that sign-in knows.',
  'dlp.yml': 'What is read for sensitive data, and what happens on a finding.',
};

export function PolicyFiles() {
  const policy = usePolicy();
  const [wanted, setFile] = useParam('file');
  const file = Object.hasOwn(FILES, wanted) ? wanted : 'approved.yml';
  return (
    <Loaded asked={policy}>
      {({ texts, etag }) => (
        <Stack gap="xs">
          <SegmentedControl
            size="xs"
            w="fit-content"
            aria-label="File"
            data={Object.keys(FILES)}
            value={file}
            onChange={setFile}
          />
          <Text size="sm" c="dimmed">
            {FILES[file]} <span className="mono">rules/local/{file}</span>, version <span className="mono">{etag}</span>. The
            format is in <span className="mono">docs/reference/policy-format.md</span>.
          </Text>
          {texts[file] === undefined ? (
            <EmptyState title="There is no such file">
              A missing file is an empty one. It is made with the first change that belongs in it.
            </EmptyState>
          ) : (
            <YamlBlock text={texts[file]} label={file} height="calc(100dvh - 270px)" />
          )}
        </Stack>
      )}
    </Loaded>
  );
}
