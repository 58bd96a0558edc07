console.log('forkless');
